// graphile-worker for Node: the queue alone, as its README has it run, with so many jobs at a
// time. Reads the name of a workload a line, answers with the times of its jobs.
//
//     graphile.mjs JOBS_AT_A_TIME
//
// INSTALLED names the folder of its package. A row of tasks is made by each job adding the next.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.INSTALLED}/package.json`);
const { run, makeWorkerUtils, Logger } = await import(pathToFileURL(require.resolve("graphile-worker")));

const WORKLOADS = {
  warm_up: { tasks: 4, n: 10, inARow: true },
  row_short: { tasks: 40, n: 10, inARow: true },
  // As long as Python needs for fibo(33), or somewhat longer.
  row_long: { tasks: 10, n: 38, inARow: true },
  wide_short: { tasks: 400, n: 10, inARow: false },
};

const fibo = (n) => (n <= 1 ? n : fibo(n - 1) + fibo(n - 2));
const now = () => (performance.timeOrigin + performance.now()) / 1e3;

let underWay;

async function compute({ left, n }, helpers) {
  const began = now();
  fibo(n);
  if (left > 0) {
    await helpers.addJob("compute", { left: left - 1, n });
  }
  underWay.times.set(helpers.job.id, [began, now()]);
}

const logger = new Logger(() => (level, message) => {
  if (level === "error" || level === "warning") console.error(message);
});
const connectionString = process.env.BENCH_DATABASE_URL;

const runner = await run({
  connectionString,
  logger,
  concurrency: Number(process.argv[2]),
  noHandleSignals: true,
  taskList: { compute },
});
const utils = await makeWorkerUtils({ connectionString, logger });

// The end of a job is when its event comes.
runner.events.on("job:complete", ({ job, error }) => {
  if (error) underWay.fail(error);
  const times = underWay.times.get(job.id);
  if (times) times[1] = now();
  underWay.open -= 1;
  if (underWay.open === 0) underWay.end();
});

async function isLeft(client) {
  const { rows } = await client.query("select exists (select from graphile_worker._private_jobs)");
  return rows[0].exists;
}

async function execute({ tasks, n, inARow }) {
  const ended = new Promise((end, fail) => {
    underWay = { open: tasks, times: new Map(), end, fail };
  });
  const triggered = now();
  if (inARow) {
    await utils.addJob("compute", { left: tasks - 1, n });
  } else {
    await utils.addJobs(
      Array.from({ length: tasks }, () => ({ identifier: "compute", payload: { left: 0, n } })),
    );
  }
  await ended;
  // The event comes before the row has gone: durable is what the others are measured by.
  while (await utils.withPgClient(isLeft)) await new Promise((next) => setTimeout(next, 1));
  return { triggered, ended: now(), tasks: [...underWay.times.values()] };
}

process.stdout.write("ready\n");
for await (const name of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await execute(WORKLOADS[name]))}\n`);
}
await runner.stop();
await utils.release();
