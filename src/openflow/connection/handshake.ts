// What both sides of a new connection do first: hello, then features (OpenFlow 1.5.1 section 6.3.1).

import type { Duplex } from 'node:stream';
import { ConnectionError } from '../errors.ts';
import type { FeaturesReply } from '../messages/features.ts';
import { Session, type SessionHandlers, type SessionOptions } from './session.ts';

export interface HandshakeHandlers extends Omit<SessionHandlers, 'onReady'> {
  /** Hello and features are done. */
  onFeatures(features: FeaturesReply): void;
}

/** A session that asks for the features as soon as the hellos agree. The caller says `greet` when the socket is open. */
export function introduce(socket: Duplex, handlers: HandshakeHandlers, options: SessionOptions): Session {
  const session: Session = new Session(socket, { ...handlers, onReady: askFeatures }, options);
  const fail = (error: Error) => session.close(error);

  function askFeatures(): void {
    const xid = session.takeXids();
    session.expect(xid, {
      onMessage: message => {
        if (message.kind === 'features_reply') handlers.onFeatures(message);
        else fail(new ConnectionError('OF_UNEXPECTED_REPLY', `features were answered with ${message.kind}`));
        return true;
      },
      onFailure: fail,
    });
    session.post({ kind: 'features_request' }, xid);
  }

  return session;
}
