/**
 * `bun without_ipv6.ts /PATH/PROGRAM ARGUMENT…` becomes that program, for which Linux has no IPv6: a filter
 * of seccomp(2) answers socket(AF_INET6, …) with EAFNOSUPPORT, as a kernel without it does.
 */
import { dlopen, ptr } from "bun:ffi";
import process from "node:process";

const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2;
const AF_INET6 = 10;
const EAFNOSUPPORT = 97;
const SOCKET_CALL = process.arch === "arm64" ? 198 : 41;

const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const FAIL_WITH = 0x00050000;
const OFFSET_OF_CALL = 0;
const OFFSET_OF_FIRST_ARGUMENT = 16;

const INSTRUCTIONS:
  readonly (readonly [code: number, ifTrue: number, ifFalse: number, k: number])[] = [
    [LOAD, 0, 0, OFFSET_OF_CALL],
    [JUMP_IF_EQUAL, 0, 3, SOCKET_CALL],
    [LOAD, 0, 0, OFFSET_OF_FIRST_ARGUMENT],
    [JUMP_IF_EQUAL, 0, 1, AF_INET6],
    [RETURN, 0, 0, FAIL_WITH | EAFNOSUPPORT],
    [RETURN, 0, 0, ALLOW],
  ];

const filter = new DataView(new ArrayBuffer(8 * INSTRUCTIONS.length));
for (const [at, [code, ifTrue, ifFalse, k]] of INSTRUCTIONS.entries()) {
  filter.setUint16(8 * at, code, true);
  filter.setUint8(8 * at + 2, ifTrue);
  filter.setUint8(8 * at + 3, ifFalse);
  filter.setUint32(8 * at + 4, k, true);
}
const program = new DataView(new ArrayBuffer(16));
program.setUint16(0, INSTRUCTIONS.length, true);
program.setBigUint64(8, BigInt(ptr(filter.buffer)), true);

const libc = dlopen("libc.so.6", {
  prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
}).symbols;
libc.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n);
if (libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, BigInt(ptr(program.buffer)), 0n, 0n) !== 0) {
  throw new Error("seccomp(2) took no filter");
}
const command = process.argv.slice(2);
process.execve!(command[0], command);
