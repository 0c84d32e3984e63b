// Instances: a station and a place of its table or index, what it has asked for there, and what it has put. An instance is a number:
// there are very many.

import { type Chain, Chains } from './chains.ts';
import { Column, Numbers, none } from './column.ts';
import { type Place, Places } from './places.ts';
import { Reads } from './reads.ts';
import { nameOf, type Station } from './station.ts';

export type Instance = number;

export class Instances {
  readonly places = new Places();
  readonly #stations: Station[] = [];
  readonly #numberOf = new Map<Station, number>();
  readonly #station = new Column();
  readonly #at = new Column();
  /** The next one at its place. */
  readonly #next = new Column();
  readonly #reads = new Column();
  readonly #puts = new Column();
  readonly #dirty = new Column();
  readonly #numbers = new Numbers(this.#next, this.#station, this.#at, this.#reads, this.#puts, this.#dirty);
  readonly reads = new Reads(this.places, this.#reads);
  readonly #chains = new Chains();

  addStation(station: Station): void {
    this.#numberOf.set(station, this.#stations.push(station) - 1);
  }

  stationOf(instance: Instance): Station {
    return this.#stations[this.#station.at(instance)] as Station;
  }

  placeOf(instance: Instance): Place {
    return this.#at.at(instance);
  }

  /** For people. */
  nameOf(instance: Instance): string {
    return `${nameOf(this.stationOf(instance))}(${this.places.keyOf(this.placeOf(instance))})`;
  }

  isDirty(instance: Instance): boolean {
    return this.#dirty.at(instance) === 1;
  }

  setDirty(instance: Instance, isDirty: boolean): void {
    this.#dirty.set(instance, isDirty ? 1 : 0);
  }

  /** What it has put, in order. The stores have the rows. */
  putsOf(instance: Instance): Place[] {
    return this.#chains.valuesOf(this.#puts.at(instance));
  }

  hasPut(instance: Instance): boolean {
    return this.#puts.at(instance) !== none;
  }

  setPuts(instance: Instance, puts: readonly Place[]): void {
    const before: Chain = this.#puts.at(instance);
    this.#puts.set(instance, this.#chains.of(puts));
    this.#chains.drop(before);
  }

  find(station: Station, place: Place): Instance {
    const number = this.#numberOf.get(station);
    for (let one = this.places.instances.at(place); one !== none; one = this.#next.at(one))
      if (this.#station.at(one) === number) return one;
    return none;
  }

  make(station: Station, place: Place): Instance {
    const made = this.#numbers.take();
    this.#station.set(made, this.#numberOf.get(station) as number);
    this.#at.set(made, place);
    this.#next.set(made, this.places.instances.at(place));
    this.#reads.set(made, none);
    this.#puts.set(made, none);
    this.#dirty.set(made, 0);
    this.places.instances.set(place, made);
    station.instanceCount++;
    return made;
  }

  /** Of one that has asked nothing and put nothing nothing need be kept: a change of its row makes it again. */
  dropIfSilent(instance: Instance): void {
    if (this.#reads.at(instance) !== none || this.#puts.at(instance) !== none) return;
    const place = this.placeOf(instance);
    const { instances } = this.places;
    let before = none;
    for (let one = instances.at(place); one !== instance; one = this.#next.at(one)) before = one;
    if (before === none) instances.set(place, this.#next.at(instance));
    else this.#next.set(before, this.#next.at(instance));
    this.stationOf(instance).instanceCount--;
    this.#numbers.takeBack(instance);
    this.places.release(place);
  }

  /** Those that are to be run when what is at a place changes: one of each station that may have something to say of so many rows. */
  eachAt(place: Place, visit: (instance: Instance) => void): void {
    const home = this.places.homeOf(place);
    if (home.stations.length === 0) return;
    const size = home.sizeAt(place);
    if (size > 0)
      for (const station of home.stations)
        if (size >= station.least && this.find(station, place) === none) this.make(station, place);
    for (let one = this.places.instances.at(place); one !== none; one = this.#next.at(one)) visit(one);
  }

  /** Of two that put one key the first stands. */
  inOrder(a: Instance, b: Instance): number {
    if (this.#station.at(a) !== this.#station.at(b)) return this.stationOf(a).order - this.stationOf(b).order;
    const [keyA, keyB] = [this.places.keyOf(this.placeOf(a)), this.places.keyOf(this.placeOf(b))];
    return keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
  }
}
