import type { FileHandle } from "node:fs/promises";

/** What both runtimes offer alike through node: modules; each is loaded on its first use. */

/** Calls `listener` on changes in the folder of `path`. Returns what ends the watch; never throws. */
export function watchFolder(path: string, listener: () => void): () => void {
  let ended = false;
  let end = () => {};
  const begin = async () => {
    const { watch } = await import("node:fs");
    const { dirname } = await import("node:path");
    if (ended) return;
    const watcher = watch(dirname(path), { persistent: false }, () => {
      if (!ended) listener();
    });
    // A folder that goes away, or no inotify handles left: callers poll as well.
    watcher.on("error", () => {});
    end = () => watcher.close();
  };
  begin().catch(() => {});
  return () => {
    ended = true;
    end();
  };
}

/**
 * The A and AAAA addresses of `host`, or those of one family, without repetitions, from getaddrinfo (so /etc/hosts and the
 * search list count, as they do for every other program in the pod). Throws when there is none.
 */
export async function lookupAddresses(host: string, family?: 4): Promise<string[]> {
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(host, { all: true, family });
  return [...new Set(found.map((entry) => entry.address))];
}

/**
 * Removes a socket file that a killed process left behind. Throws when `path` is something else, or
 * when somebody still listens there.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const { lstat, unlink } = await import("node:fs/promises");
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket()) throw new Error(`${path}: exists and is not a socket`);
  if (await isListening(path)) throw new Error(`${path}: another process listens there`);
  await unlink(path);
}

async function isListening(path: string): Promise<boolean> {
  const { connect } = await import("node:net");
  const socket = connect(path);
  const connected = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return connected;
}

/** Removes the socket file at stop; a file that is gone already is as good. */
export async function removeSocket(path: string): Promise<void> {
  const { unlink } = await import("node:fs/promises");
  await unlink(path).catch(() => {});
}

/** Writes `<path>.tmp`, waits for the disk and renames; what is left of a failure is removed. */
export async function replaceFile(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const { open, rename, unlink } = await import("node:fs/promises");
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      for (const chunk of chunks) await writeWhole(file, chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw fileError(path, error, "write");
  }
}

/** A nearly full disk takes a part, and says so only when it is asked to take the rest. */
async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let from = 0;
  while (from < bytes.length) {
    from += (await file.write(bytes, from, bytes.length - from)).bytesWritten;
  }
}

/**
 * An Error that names the file first and says why in words, not in the system's codes; the cause stays
 * attached.
 */
export function fileError(path: string, cause: unknown, use: "read" | "write" = "read"): Error {
  const code = String((cause as { readonly code?: unknown } | undefined)?.code);
  const why = Object.hasOwn(REASONS, code) ? REASONS[code][use] : messageWithoutCode(cause);
  return new Error(`${path}: ${why}`, { cause });
}

function messageWithoutCode(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/^E[A-Z0-9]+: /, "");
}

const alike = (why: string) => ({ read: why, write: why });

/** By the system's error codes. */
const REASONS: Readonly<Record<string, { readonly read: string; readonly write: string }>> = {
  ENOENT: { read: "there is no such file", write: "there is no such directory" },
  EISDIR: alike("is a directory, wanted a file"),
  ENOTDIR: alike("a part of the path before the last is no directory"),
  EACCES: {
    read: "may not be read by the user that Weir runs as",
    write: "may not be written by the user that Weir runs as",
  },
  EPERM: {
    read: "may not be read by the user that Weir runs as",
    write: "may not be written by the user that Weir runs as",
  },
  EROFS: alike("is on a file system that is read-only"),
  ENOSPC: alike("the disk is full"),
  EDQUOT: alike("the disk quota is used up"),
  EMFILE: alike("too many files are open in Weir"),
  ENFILE: alike("too many files are open on this machine"),
  ELOOP: alike("is a symbolic link that leads to itself"),
  ENAMETOOLONG: alike("the path is too long"),
  EIO: alike("the disk has failed"),
  ENXIO: alike("is a socket or a device, wanted a file"),
};

/** The promise, or at the latest after `ms` milliseconds false. */
export function settledWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const done = () => {
      clearTimeout(timer);
      resolve(true);
    };
    work.then(done, done);
  });
}

/** `work` calls one after the other, in the order in which they were asked for. */
export function inOrder<T>(work: (item: T) => Promise<void>): (item: T) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (item) => {
    const next = last.then(() => work(item));
    last = next.catch(() => {});
    return next;
  };
}
