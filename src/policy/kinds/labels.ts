// Labels: what people hang on objects to find them by, and selectors, which find them. No flow depends on a label: none
// gets into a program.

import { z } from 'zod';
import { compareTexts } from './spelling.ts';

/** As in Kubernetes, which has no bound on how many: a name, or a DNS subdomain, a slash and a name. */
export const labelLimits = { count: 64, prefix: 253, name: 63, value: 63 } as const;

const namePattern = '[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
const domainPattern = '[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*';
const keyPattern = `^((?=[^/]{1,${labelLimits.prefix}}/)${domainPattern}/)?${namePattern}$`;
const valuePattern = `^(${namePattern})?$`;
const isKey = new RegExp(keyPattern);
const isValue = new RegExp(valuePattern);
const maxKey = labelLimits.prefix + '/'.length + labelLimits.name;

function whyNoKey(key: string): string | undefined {
  if (key.length <= maxKey && isKey.test(key)) return undefined;
  return 'a label’s key is 1 to 63 letters, digits, "-", "_" or ".", with a letter or digit at both ends; a DNS subdomain and "/" may stand before it';
}

function whyNoValue(value: string): string | undefined {
  if (value.length <= labelLimits.value && isValue.test(value)) return undefined;
  return 'a label’s value is up to 63 letters, digits, "-", "_" or ".", with a letter or digit at both ends, or empty';
}

const labelMapSchema = z
  .record(z.string(), z.string())
  .superRefine((labels, context) => {
    const entries = Object.entries(labels);
    if (entries.length > labelLimits.count) {
      const message = `${entries.length} labels: there may be ${labelLimits.count} at most`;
      context.addIssue({ code: 'custom', message });
      return;
    }
    for (const [key, value] of entries) {
      const message = whyNoKey(key) ?? whyNoValue(value);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message });
    }
  })
  .meta({
    id: 'Labels',
    description: 'To find objects by. They change nothing else.',
    maxProperties: labelLimits.count,
    propertyNames: { type: 'string', maxLength: maxKey, pattern: keyPattern },
    additionalProperties: { type: 'string', maxLength: labelLimits.value, pattern: valuePattern },
    examples: [{ env: 'prod', 'example.com/team': 'web' }],
  });

/** The field of every kind. */
export const labelsSchema = labelMapSchema.optional();

export type Labels = Readonly<Record<string, string>>;

interface Labelled {
  readonly labels?: Labels | undefined;
}

/** In order of key; no labels at all are no field. */
export function sortLabels<D extends Labelled>(document: D): D {
  if (document.labels === undefined) return document;
  const { labels, ...rest } = document;
  const entries = Object.entries(labels).sort(([a], [b]) => compareTexts(a, b));
  return (entries.length === 0 ? rest : { ...rest, labels: Object.fromEntries(entries) }) as D;
}

/** What a program knows of a document. */
export function withoutLabels<D extends Labelled>(document: D): D {
  if (document.labels === undefined) return document;
  const { labels: _, ...rest } = document;
  return rest as D;
}

/** One thing that is asked of the labels of an object. */
export type Requirement =
  | { readonly kind: 'is' | 'is-not'; readonly key: string; readonly value: string }
  | { readonly kind: 'has' | 'lacks'; readonly key: string };

/** All of them hold. */
export type Selector = readonly Requirement[];

export const selectorLimits = { requirements: 16, length: 4096 } as const;

/** How it is written, for messages and documents. */
export const selectorSyntax = 'KEY=VALUE, KEY!=VALUE, KEY (is there) or !KEY (is not), with commas between';

/**
 * The equality and presence of Kubernetes' label selectors: what lacks a key is not equal to any value of it.
 * @returns a text that says what is wrong with it
 */
export function parseSelector(text: string): Selector | string {
  if (text.length > selectorLimits.length) return `a selector has ${selectorLimits.length} characters at most`;
  const parts = text.split(',').map(part => part.trim());
  if (parts.length > selectorLimits.requirements)
    return `a selector asks ${selectorLimits.requirements} things at most`;
  const selector: Requirement[] = [];
  for (const part of parts) {
    const [, key = '', operator, value = ''] = /^([^=!]*?)\s*(==|=|!=)\s*(.*)$/.exec(part) ?? [];
    const requirement: Requirement =
      operator === undefined
        ? part.startsWith('!')
          ? { kind: 'lacks', key: part.slice(1).trim() }
          : { kind: 'has', key: part }
        : { kind: operator === '!=' ? 'is-not' : 'is', key, value };
    if (part === '' || requirement.key === '') return `"${part}" is no part of a selector: ${selectorSyntax}`;
    const why = whyNoKey(requirement.key) ?? ('value' in requirement ? whyNoValue(requirement.value) : undefined);
    if (why !== undefined) return `"${part}": ${why}`;
    selector.push(requirement);
  }
  return selector;
}

export const selectorSchema = z
  .string()
  .max(selectorLimits.length)
  .transform((text, context): Selector => {
    const selector = parseSelector(text);
    if (typeof selector !== 'string') return selector;
    context.addIssue({ code: 'custom', message: selector });
    return z.NEVER;
  });

/** Whether all that it chooses carries some label: what is asked of nothing but absent labels chooses what nobody thinks of. */
export function isOfLabelled(selector: Selector): boolean {
  return selector.some(({ kind }) => kind === 'is' || kind === 'has');
}

export function selects(selector: Selector, { labels }: Labelled): boolean {
  return selector.every(requirement => holds(requirement, labels ?? {}));
}

function holds(requirement: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.kind) {
    case 'is':
      return value === requirement.value;
    case 'is-not':
      return value !== requirement.value;
    case 'has':
      return value !== undefined;
    case 'lacks':
      return value === undefined;
  }
}
