// Queues and their properties: OFPQT_* in OpenFlow 1.3, OFPQDPT_* since 1.4 (OpenFlow 1.5.1 section 7.3.5).

import type { PropertyOrder, UnknownProperty } from '../flow/property.ts';
import type { Reader } from '../wire/reader.ts';
import { openflow14 } from '../wire/version.ts';
import type { Writer } from '../wire/writer.ts';
import { type NamedProperty, type PropertyTable, readNamed, writeNamed } from './property-order.ts';

/** What a queue guarantees and allows. Rates are in 1/10 of a percent of the port's; more than 1000: no limit. */
export interface QueueRates {
  readonly minRate?: number;
  readonly maxRate?: number;
  /** Exactly which properties a decoded queue has; absent: those with a value. */
  readonly propertyOrder?: PropertyOrder<'minRate' | 'maxRate'>;
}

type Rates = { minRate?: number; maxRate?: number };

/** Since 1.4 a property is padded behind its length; in 1.3 padding counts as part of it. */
function rate(
  name: 'minRate' | 'maxRate',
  type: number,
  pad: readonly [before: number, after: number],
): NamedProperty<Rates> {
  const [before, after] = pad;
  return {
    type,
    bytes: before + 2 + after,
    isIn: rates => rates[name] !== undefined,
    write(rates, writer) {
      writer.zeros(before);
      writer.u16(rates[name] ?? 0);
      writer.zeros(after);
    },
    read(value) {
      value.pad(before);
      const found = { [name]: value.u16() };
      value.pad(after);
      return found;
    },
  };
}

const of13: PropertyTable<Rates, 'minRate' | 'maxRate'> = {
  minRate: rate('minRate', 1, [4, 6]),
  maxRate: rate('maxRate', 2, [4, 6]),
};
const of14: PropertyTable<Rates, 'minRate' | 'maxRate'> = {
  minRate: rate('minRate', 1, [0, 2]),
  maxRate: rate('maxRate', 2, [0, 2]),
};

export function writeRates(writer: Writer, rates: QueueRates): void {
  writeNamed(writer, writer.version < openflow14 ? of13 : of14, rates, rates.propertyOrder);
}

export function readRates(reader: Reader): QueueRates {
  const rates: Rates = {};
  const propertyOrder: readonly ('minRate' | 'maxRate' | UnknownProperty)[] | undefined = readNamed(
    reader,
    reader.version < openflow14 ? of13 : of14,
    rates,
  );
  return { ...rates, ...(propertyOrder && { propertyOrder }) };
}
