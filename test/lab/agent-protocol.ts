// What the lab says to the agent in a host (one JSON object a line, both ways). The agent lives as long as the host, so a
// test can hold a connection open while it does something to the node in between.

export type AgentRequest =
  /** `echo` returns every byte; `digest` answers a half-closed stream with `LENGTH SHA256\n`. */
  | { readonly op: 'tcp-serve'; readonly port: number; readonly mode: 'echo' | 'digest' }
  | { readonly op: 'udp-serve'; readonly port: number }
  /** Who talked to a server of this host so far, as `ADDRESS:PORT` (the NAT's view of the world). */
  | { readonly op: 'peers'; readonly protocol: 'tcp' | 'udp'; readonly port: number }
  | ({ readonly op: 'tcp-stream'; readonly bytes: number } & Target)
  | ({ readonly op: 'tcp-open'; readonly connection: string } & Target)
  | { readonly op: 'tcp-exchange'; readonly connection: string; readonly text: string; readonly timeout: number }
  | { readonly op: 'tcp-close'; readonly connection: string }
  | ({
      readonly op: 'udp-exchange';
      readonly count: number;
      readonly size: number;
      readonly interval: number;
    } & Target)
  /** Goes on until the host's end; `timeout` is how long after the last datagram of a stretch answers are awaited. */
  | ({ readonly op: 'udp-steady'; readonly stream: string; readonly interval: number } & Target)
  | { readonly op: 'udp-mark'; readonly stream: string };

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly localPort?: number | undefined;
  /** Milliseconds for the whole operation. */
  readonly timeout: number;
}

export interface StreamResult {
  readonly localPort: number;
  /** Bytes the server counted. */
  readonly bytes: number;
  readonly milliseconds: number;
}

export interface OpenResult {
  readonly localPort: number;
}

export interface UdpExchangeResult {
  readonly localPort: number;
  readonly sent: number;
  /** Distinct datagrams that came back unchanged. */
  readonly received: number;
  /** Answers that were not what was sent, or not from where it was sent to. */
  readonly wrong: number;
}

/** What became of a steady stream since its last mark. */
export interface SteadyMark {
  readonly sent: number;
  readonly lost: number;
  /** Datagrams that nobody had asked for. */
  readonly wrong: number;
  /** When the first and the last that were lost were sent, ms since 1970. */
  readonly firstLostAt?: number | undefined;
  readonly lastLostAt?: number | undefined;
}

export type AgentReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: string };
