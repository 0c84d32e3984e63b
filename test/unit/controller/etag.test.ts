import t from 'tap';
import { formatEtag, matchesStrong, matchesWeak, parseEtagCondition } from '../../../src/controller/state/etag.ts';

t.test('conditions (RFC 9110 section 13.1)', async t => {
  t.equal(formatEtag(4, 2), '"4-2"');
  t.equal(parseEtagCondition(' * '), '*');
  t.strictSame(parseEtagCondition('"4-2", W/"4-3"'), ['"4-2"', 'W/"4-3"']);
  for (const bad of ['', '4-2', '"4-2', '"a" "b"', '"4-2",']) t.equal(parseEtagCondition(bad), undefined, bad);
});

t.test('writes compare strongly, reads weakly; nothing matches what is not there', async t => {
  t.ok(matchesStrong(['"4-2"'], '"4-2"'));
  t.notOk(matchesStrong(['W/"4-2"'], '"4-2"'));
  t.ok(matchesWeak(['W/"4-2"'], '"4-2"'));
  t.ok(matchesStrong('*', '"4-2"'));
  t.notOk(matchesStrong('*', undefined));
  t.notOk(matchesWeak('*', undefined));
});
