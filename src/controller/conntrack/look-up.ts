// Looks connections up in the datapath, and ends some. A datapath may have a million: they are read as they come, and of those
// that are asked for a page is kept.

import { formatIp } from '../../lib/address.ts';
import { PointsmanError } from '../../lib/errors.ts';
import type { SwitchConnection } from '../../openflow/index.ts';
import type { Program } from '../../policy/engine/program.ts';
import type { Connection } from '../../policy/nat/stands.ts';
import { readConnections } from './datapath.ts';
import { flushConnections, isSingle } from './flush.ts';
import { parseConnection } from './parse-connection.ts';
import { type Cause, type ConnectionQuery, type Search, searchFor } from './query.ts';
import { type ShownConnection, shownConnection } from './shown-connection.ts';

/** As many are asking as may: a look reads all of a zone, or of the datapath. */
export class LookupBusyError extends PointsmanError<'CONNTRACK_BUSY'> {
  constructor() {
    super('CONNTRACK_BUSY', 'connections are being looked up for others');
  }
}

export interface Ended {
  readonly ended: number;
  /** Those that the switch cannot be told from others, in the last look. */
  readonly left: number;
}

export interface FoundConnection extends ShownConnection, Cause {
  /** What it is told from others by, and put in order by. */
  readonly key: string;
}

export interface ConnectionPage {
  readonly found: readonly FoundConnection[];
  /** Whether there are more behind the last. */
  readonly isCut: boolean;
}

export interface LookupOptions {
  readonly connection: SwitchConnection;
  readonly program: Program;
  /** The control socket of vswitchd. */
  readonly control: () => Promise<string>;
  /** Name of the datapath as dpctl(8) has it. */
  readonly datapath: () => string;
}

/** That have asked and are not answered. */
const maxAsking = 4;
/** So many are ended before the datapath is looked at again. */
const maxEnded = 10_000;
/** Whoever makes new ones as fast as they are ended is left alone then. */
const maxRounds = 100;

export class ConnectionLookup {
  readonly #options: LookupOptions;
  #asking = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LookupOptions) {
    this.#options = options;
  }

  /**
   * A page in order of `key`, which holds still while connections come and go.
   * @param after the key of the last of the page before; undefined: from the first
   * @throws UnknownNameError, LookupBusyError, ControlSocketError, OvsdbError
   */
  find(query: ConnectionQuery, limit: number, after?: string): Promise<ConnectionPage> {
    return this.#inTurn(async () => {
      const { program } = this.#options;
      const page = new Smallest(limit + 1);
      await this.#read(searchFor(program, query), true, (connection, cause, line) => {
        const key = keyOf(connection);
        if ((after === undefined || key > after) && page.takes(key))
          page.add({ ...shownConnection(connection, line), ...cause, key });
      });
      return { found: page.rows.slice(0, limit), isCut: page.rows.length > limit };
    });
  }

  /**
   * Ends what is asked for, those that begin meanwhile included, and says how many there were.
   * @throws what `find` does, SwitchError where the switch cannot forget single connections, ConnectionError
   */
  end(query: ConnectionQuery): Promise<Ended> {
    return this.#inTurn(async () => {
      const { program, connection: to } = this.#options;
      let ended = 0;
      for (let round = 1; ; round++) {
        const some: Connection[] = [];
        let left = 0;
        await this.#read(searchFor(program, query), false, connection => {
          if (!isSingle(connection)) left++;
          else if (some.length < maxEnded) some.push(connection);
        });
        await flushConnections(some, to);
        ended += some.length;
        if (some.length < maxEnded || round === maxRounds) return { ended, left };
      }
    });
  }

  async #read(
    { zones, causeOf }: Search,
    isDetailed: boolean,
    take: (connection: Connection, cause: Cause, line: string) => void,
  ): Promise<void> {
    if (zones.size === 0) return;
    const [first, second] = zones;
    const zone = second === undefined ? first : undefined;
    const socket = await this.#options.control();
    await readConnections(socket, this.#options.datapath(), { zone, isDetailed }, line => {
      const connection = parseConnection(line);
      const cause = connection && causeOf(connection);
      if (cause) take(connection, cause, line);
    });
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (this.#asking === maxAsking) throw new LookupBusyError();
    this.#asking++;
    const turn = this.#last.then(act, act);
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#asking--;
    }
  }
}

/** The first few of any number of rows, in order of their keys. */
class Smallest {
  readonly rows: FoundConnection[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  takes(key: string): boolean {
    return this.rows.length < this.#most || key < (this.rows.at(-1)?.key ?? '');
  }

  add(row: FoundConnection): void {
    const { rows } = this;
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rows[middle]?.key ?? '') < row.key) low = middle + 1;
      else high = middle;
    }
    rows.splice(low, 0, row);
    if (rows.length > this.#most) rows.pop();
  }
}

/** By its original tuple, which no other has in its zone. */
function keyOf({ zone, protocol, original }: Connection): string {
  const { source, destination, sourcePort, destinationPort, icmpId, icmpType, icmpCode } = original;
  const ends = [formatIp(source), sourcePort, formatIp(destination), destinationPort, icmpId, icmpType, icmpCode];
  return [zone, protocol, ...ends].filter(part => part !== undefined).join(' ');
}
