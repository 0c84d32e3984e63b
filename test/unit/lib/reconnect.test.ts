// Months of a connection in a moment: the state machine takes the time as it is told.

import t from 'tap';
import {
  initialReconnectState,
  type ReconnectEvent,
  type ReconnectState,
  type ReconnectVerdict,
  reconnectDefaults,
  stepReconnect,
} from '../../../src/lib/reconnect.ts';

class Peer {
  now = 0;
  state: ReconnectState = initialReconnectState;
  wakeAt: number | undefined;

  step(kind: ReconnectEvent['kind'], jitter = 1): ReconnectVerdict {
    const step = stepReconnect(this.state, { kind }, this.now, reconnectDefaults, jitter);
    this.state = step.state;
    this.wakeAt = step.wakeAt;
    return step.verdict;
  }

  /** Sleeps until it is due, and ticks. */
  wake(): ReconnectVerdict {
    if (this.wakeAt === undefined) throw new Error('nothing is due');
    this.now = this.wakeAt;
    return this.step('tick');
  }
}

t.test('waits double up to the longest, and start anew once the peer has talked', async t => {
  const peer = new Peer();
  t.equal(peer.step('enable'), 'connect');
  const waits: number[] = [];
  for (let i = 0; i < 10; i++) {
    const failedAt = peer.now;
    peer.step('failed');
    t.equal(peer.wake(), 'connect');
    waits.push(peer.now - failedAt);
  }
  t.strictSame(waits, [100, 200, 400, 800, 1600, 3200, 6400, 8000, 8000, 8000]);
  peer.step('connected');
  peer.step('heard');
  peer.step('failed');
  t.equal((peer.wakeAt ?? 0) - peer.now, 100);
});

t.test('a peer that connects and says nothing does not shorten the wait', async t => {
  const peer = new Peer();
  peer.step('enable');
  for (let i = 0; i < 5; i++) {
    peer.step('connected');
    peer.step('failed');
    peer.wake();
  }
  peer.step('failed');
  t.ok((peer.wakeAt ?? 0) - peer.now > 1000);
});

t.test('silence is probed, and then given up', async t => {
  const peer = new Peer();
  peer.step('enable');
  peer.step('connected');
  for (let month = 0; month < 3; month++)
    for (let i = 0; i < 1000; i++) {
      t.equal(peer.wake(), 'probe');
      peer.step('heard');
      if (peer.state.kind !== 'active') throw new Error(peer.state.kind);
    }
  t.equal(peer.wake(), 'probe');
  t.equal(peer.wake(), 'disconnect');
  t.equal(peer.state.kind, 'backoff');
});

t.test('an attempt that takes too long is ended', async t => {
  const peer = new Peer();
  peer.step('enable');
  t.equal(peer.wake(), 'disconnect');
  t.equal(peer.now, reconnectDefaults.connectTimeout);
});

t.test('a tick that comes early changes nothing, and disabled is disabled', async t => {
  const peer = new Peer();
  peer.step('enable');
  peer.step('failed');
  peer.now += 1;
  t.equal(peer.step('tick'), 'none');
  t.equal(peer.step('disable'), 'disconnect');
  t.equal(peer.wakeAt, undefined);
  t.equal(peer.step('failed'), 'none');
});

t.test('jitter shortens a wait by half at most', async t => {
  const peer = new Peer();
  peer.step('enable');
  peer.step('failed', 0);
  t.equal(peer.wakeAt, 50);
});
