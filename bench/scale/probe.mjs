// Loaded into the pointsman that is measured: SIGUSR2 collects its garbage; SIGWINCH begins a CPU profile, or ends it and
// writes it into the directory that PROFILE_DIR names.

import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { monitorEventLoopDelay } from 'node:perf_hooks';

process.on('SIGUSR2', () => globalThis.gc?.());

const session = new Session();
let profiles = 0;
let isProfiling = false;
if (process.env.PROFILE_DIR) {
  session.connect();
  session.post('Profiler.enable');
  process.on('SIGWINCH', () => {
    isProfiling = !isProfiling;
    if (isProfiling) return session.post('Profiler.start');
    session.post('Profiler.stop', (error, { profile }) => {
      if (error) throw error;
      const file = `${process.env.PROFILE_DIR}/${process.pid}-${++profiles}.cpuprofile`;
      writeFileSync(file, JSON.stringify(profile));
    });
  });
}

// SIGPWR writes down how long the loop was blocked at most since the last, ms, into the file that LOOP_FILE names.
if (process.env.LOOP_FILE) {
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  process.on('SIGPWR', () => {
    writeFileSync(process.env.LOOP_FILE, JSON.stringify({ longest: delays.max / 1e6 }));
    delays.reset();
  });
}
