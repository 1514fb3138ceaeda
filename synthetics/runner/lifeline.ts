// A thread of the runner that outlives a journey which blocks it. It holds the end of a pipe whose other end only the
// product has: when that closes, the product is gone, however it went, and nobody else would end browser and runner.
import { Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { killGroup } from './kill.ts';

export const LIFELINE_FD = 4;

let browserPid = 0;
parentPort!.on('message', (pid: number) => {
  browserPid = pid;
});

const pipe = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
const end = () => {
  killGroup(browserPid);
  process.kill(process.pid, 'SIGKILL');
};
pipe.on('close', end).on('end', end).on('error', end).resume();
