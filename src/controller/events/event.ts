// What an event is: something that happened to an object of the intent, or to what it stands on, told once and counted.

import { z } from 'zod';
import { kinds } from '../../policy/kinds/names.ts';

/** Of the intent, or what it stands on: nodes, bridges of this switch, its devices and VTEPs. */
export const subjectKinds = [...kinds, 'nodes', 'bridges', 'devices', 'vteps'] as const;

export const eventSchema = z
  .object({
    time: z.iso.datetime({ precision: 3 }).describe('When it was last seen. No two events have the same.'),
    since: z.iso.datetime({ precision: 3 }).describe('When it was seen first, of those that were counted.'),
    count: z.int().min(1).describe('How often it was seen.'),
    severity: z.enum(['info', 'warning']),
    reason: z.string().describe('In one word, for programs.'),
    object: z.object({ kind: z.enum(subjectKinds), name: z.string() }).describe('What it happened to.'),
    message: z.string(),
  })
  .meta({ id: 'Event', description: 'Something that happened at this node.' });

export type Event = Readonly<z.infer<typeof eventSchema>>;

/** What is told; the log adds when, and how often. */
export type NewEvent = Pick<Event, 'severity' | 'reason' | 'object' | 'message'>;

export type NoteEvent = (event: NewEvent) => void;
