/**
 * A whole SLURM on this machine, in a folder of its own: one node with two processors and two GPUs by name, run by whoever runs the test. Ends with the test and
 * leaves nothing running.
 *
 * @module
 */

import { freePorts, runTool, until } from "./processes.ts";

/** A running SLURM. */
export interface Slurm extends AsyncDisposable {
  /** What its commands need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A configuration by which Nextflow looks at it every moment, not every minute. */
  readonly config: string;
}

/** Debian keeps the daemons here, which is not on every user's path. */
const PATH = `${Deno.env.get("PATH")}:/usr/sbin`;

const POLLING = "executor { queueStatInterval = '1s'; pollInterval = '200ms'; exitReadTimeout = '5s' }\n";

/** Starts it. @throws {Error} when a daemon does not start; its log is in the sentence. */
export async function startSlurm(folder: string): Promise<Slurm> {
  const user = (await runTool("id", ["-un"])).trim();
  for (const name of ["state", "spool"]) await Deno.mkdir(`${folder}/${name}`);
  // Two files stand for the devices of two GPUs: SLURM hands out their numbers in CUDA_VISIBLE_DEVICES, nobody opens them.
  await Deno.writeTextFile(`${folder}/gres.conf`, "Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n");
  await Deno.writeTextFile(`${folder}/slurm.conf`, configuration(folder, user));
  await Deno.writeTextFile(`${folder}/nextflow.config`, POLLING);
  await Deno.writeFile(`${folder}/munge.key`, crypto.getRandomValues(new Uint8Array(1024)), { mode: 0o600 });
  const env = { PATH, SLURM_CONF: `${folder}/slurm.conf` };
  const stop = async (): Promise<void> => {
    for (const daemon of ["slurmd", "slurmctld", "munged"]) await endDaemon(`${folder}/${daemon}.pid`);
  };
  try {
    await startMunge(folder);
    await runTool("slurmctld", [], { env });
    await runTool("slurmd", [], { env });
    await until("the node of SLURM is idle", async () => {
      const { stdout } = await new Deno.Command("sinfo", { args: ["--noheader", "--format=%t"], env }).output();
      return new TextDecoder().decode(stdout).trim() === "idle";
    });
  } catch (error) {
    await stop();
    throw new Error(`SLURM must start; its logs:\n${await logs(folder)}`, { cause: error });
  }
  return {
    env,
    config: `${folder}/nextflow.config`,
    [Symbol.asyncDispose]: async () => {
      await runTool("scancel", ["--user", user], { env });
      await stop();
    },
  };
}

async function startMunge(folder: string): Promise<void> {
  const files = ["key", "pid", "log", "seed"].map((kind) =>
    `--${kind}-file=${folder}/munge${kind === "key" ? "" : "d"}.${kind}`
  );
  // It would refuse folders that others may write to, such as those above one for temporary files.
  await runTool("munged", ["--force", `--socket=${folder}/munge.socket`, ...files], { env: { PATH } });
  await until("munge answers", async () => {
    const { success } = await new Deno.Command("munge", { args: ["-n", "-S", `${folder}/munge.socket`] }).output();
    return success;
  });
}

function configuration(folder: string, user: string): string {
  const host = Deno.hostname().split(".")[0];
  const memory = Math.min(8000, Math.floor((0.9 * Deno.systemMemoryInfo().total) / 2 ** 20));
  const [controllerPort, nodePort] = freePorts();
  return `
ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=${user}
SlurmdUser=${user}
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
CredType=cred/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
GresTypes=gpu
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=${memory} Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

/** Ends the daemon whose number a file holds, and waits until it has gone. */
async function endDaemon(file: string): Promise<void> {
  const text = await Deno.readTextFile(file).catch(() => "");
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid <= 1) return;
  const send = (signal: Deno.Signal | "0") => new Deno.Command("kill", { args: [`-${signal}`, `${pid}`] }).output();
  await send("SIGTERM");
  await until(`${file} has ended`, async () => !(await send("0")).success);
}

async function logs(folder: string): Promise<string> {
  const texts = ["munged", "slurmctld", "slurmd"].map(async (daemon) =>
    (await Deno.readTextFile(`${folder}/${daemon}.log`).catch(() => "")).split("\n").slice(-12).join("\n")
  );
  return (await Promise.all(texts)).join("\n");
}
