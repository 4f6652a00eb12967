import { equal } from "./bytes";
import { hashOf } from "./hash";
import { HELP, LINE_CHAINS, TYPE, UNIT } from "../layout";
import { addEntry, clearChains, firstOf, newChains } from "./chains";
import { allocate, freeBlock, known, newBlock, release, usedBytes } from "./memory";
import { setFormat } from "./tail";

/** What a follower can be: the first field of each entry tells. */
export const ENTRY_LINE: u32 = 1;
export const ENTRY_SHAPE: u32 = 2;

/** A HELP, TYPE or UNIT line that came before, known by its bytes. */
@unmanaged
export class MetadataLine {
  entry: u32;
  /** The entry that came after this one last time. */
  follower: usize;
  next: usize;
  hash: u32;
  family: u32;
  /** With its newline. */
  text: usize;
  length: u32;
  /** HELP, TYPE or UNIT. */
  kind: u32;
  /** Number of the type that a TYPE line names; 0 for a word that is none. */
  type: u32;
  /** The other family of the same name that it speaks of where another type is in force; 0: not known. */
  twin: u32;
}

/** What one exposition has said of a family so far. */
@unmanaged
export class FamilyState {
  /** Kinds of lines that were there: a repeated one is left out. */
  seen: u32;
  type: u32;
  /** Lines in order of appearance, and how many of them are written. */
  line0: usize;
  line1: usize;
  line2: usize;
  count: u32;
  written: u32;
  /** Its HELP and UNIT lines, for policies that read them. */
  help: usize;
  unit: usize;
  /** Some of its samples were kept before anything was said of it. */
  isKept: u32;
  /** Another family of the name, whose samples have other suffixes, and whether it was spoken of last. */
  twin: u32;
  isTwinLast: u32;
  /** A HELP line after the first one: that of a twin, should one follow. */
  otherHelp: usize;
  /** Where the lines that are not written lie in the block `block`, if side by side. */
  start: usize;
  end: usize;
  block: u32;
}

const STATE_BYTES: u32 = offsetof<FamilyState>();
/** States lie in pages of 512 families, so that none moves as more come: a million at most. */
const PAGE_BITS: u32 = 9;
const PAGE_FAMILIES: u32 = 1 << PAGE_BITS;
const PAGES: u32 = 2048;

/** A reader with the places of its pages. */
const READER_BYTES: u32 = <u32> offsetof<Reader>() + (PAGES << 2);

/** One exposition on its way through: what it has said of families, and its last line. */
@unmanaged
export class Reader {
  /** Families of which states are there; the places of their pages lie behind its fields. */
  capacity: u32;
  /** The entry of the last line. */
  last: usize;
  /** Its family, where what was learnt of lines has been forgotten since; 0: none. */
  lastFamily: u32;
  /** The series of the last sample. */
  lastSeries: usize;
  /** Another number, of all readers, with everything new that is said of families. */
  generation: u32;
  /** Values of the labels that the target adds, as lengths and places. */
  targetValues: usize;
  /** Family of the output that the last sample went into. */
  out: usize;
  /** Another one for each exposition. */
  id: u32;
  /** Number of its format and of the names of its target's labels: shapes and plans rest on those. */
  layout: u32;
  /** The histograms whose buckets come; 0: none so far. */
  members: usize;
  /** TEXT, OPEN_METRICS or LIFTED. */
  format: u32;
  /** Its last line is known as long as nothing was forgotten since. */
  epoch: u32;
}

let familyCount: u32 = 0;
let generations: u32 = 0;
export let reader: Reader = changetype<Reader>(0);
/** Number of the block that lies in the input; shapes remember places in it. */
export let block: u32 = 0;
/** Policies read HELP and UNIT: then those are part of a shape. */
export let readsMetadata: bool = false;

export function nextBlock(): void {
  block++;
}

export function setReadsMetadata(value: bool): void {
  readsMetadata = value;
}

/** How many expositions are being read. */
export let readers: u32 = 0;

/**
 * Begins an exposition; returns its reader, or 0 where there is no memory. `length` bytes are for the
 * values of its target's labels, and `layout` is a number for their names and the format.
 */
export function newReader(length: u32, layout: u32, format: u32): usize {
  const at = newBlock(READER_BYTES + length);
  if (at == 0) return 0;
  memory.fill(at, 0, offsetof<Reader>());
  const begun = changetype<Reader>(at);
  begun.generation = ++generations;
  begun.id = begun.generation;
  begun.layout = layout;
  begun.format = format;
  begun.targetValues = targetValuesOf(at);
  readers++;
  return at;
}

/** Where the values of its target's labels lie, each after its length in four bytes. */
export function targetValuesOf(at: usize): usize {
  return at + READER_BYTES;
}

export function useReader(at: usize): void {
  reader = changetype<Reader>(at);
  setFormat(reader.format);
  if (reader.epoch == epoch) return;
  reader.epoch = epoch;
  reader.last = 0;
  reader.lastFamily = 0;
}

/** The families that it has spoken of are forgotten. */
export function clearReader(at: usize): void {
  const cleared = changetype<Reader>(at);
  freePages(cleared);
  cleared.last = 0;
  cleared.lastFamily = 0;
  cleared.generation = ++generations;
}

/** The family of the last metadata line or sample; 0: none. */
export function currentFamily(): u32 {
  // A shape begins with the same fields.
  return reader.last == 0 ? reader.lastFamily : changetype<MetadataLine>(reader.last).family;
}

/** How many of the family's lines are written. */
export function writtenOf(family: u32): u32 {
  return stateOf(family).written;
}

export function setWrittenOf(family: u32, written: u32): void {
  stateOf(family).written = written;
}

export function freeReader(at: usize): void {
  freePages(changetype<Reader>(at));
  freeBlock(at);
  readers--;
}

const lines = newChains(LINE_CHAINS, <u32> offsetof<MetadataLine>("next"));

/** Forgets all families: the learnt lines are gone. */
export function clearFamilies(): void {
  release(known);
  familyCount = 0;
  clearChains(lines);
}

/** Bytes of what is known of families, with what an exposition says of them. */
export function knownBytes(): u32 {
  return usedBytes(known) + familyCount * STATE_BYTES;
}

/** What followed lines, or was read last, is forgotten. */
export function clearFollowers(): void {
  for (let chain: u32 = 0; chain <= lines.mask; chain++) {
    for (let at = firstOf(lines, chain); at != 0; at = changetype<MetadataLine>(at).next) {
      changetype<MetadataLine>(at).follower = 0;
    }
  }
  epoch++;
  if (changetype<usize>(reader) != 0) {
    reader.lastFamily = currentFamily();
    reader.last = 0;
    reader.epoch = epoch;
  }
}

let epoch: u32 = 1;

/** A number for a family's name that TypeScript keeps; from 1 on. */
export function newFamily(): u32 {
  return ++familyCount;
}

/** What the exposition has said of the family; 0 where there is no memory for it. */
export function stateOf(family: u32): FamilyState {
  while (family >= reader.capacity) {
    if (!addPage()) return changetype<FamilyState>(0);
  }
  const page = load<u32>(pagesOf(reader) + (family >> PAGE_BITS << 2));
  const at = page + <usize> (family & (PAGE_FAMILIES - 1)) * STATE_BYTES;
  return changetype<FamilyState>(at);
}

// @ts-ignore: decorator
@inline
function pagesOf(one: Reader): usize {
  return changetype<usize>(one) + offsetof<Reader>();
}

function addPage(): bool {
  const page = reader.capacity >> PAGE_BITS;
  if (page >= PAGES) return false;
  const bytes = PAGE_FAMILIES * STATE_BYTES;
  const at = newBlock(bytes);
  if (at == 0) return false;
  memory.fill(at, 0, bytes);
  store<u32>(pagesOf(reader) + (page << 2), <u32> at);
  reader.capacity += PAGE_FAMILIES;
  return true;
}

function freePages(one: Reader): void {
  for (let page: u32 = 0; page < one.capacity >> PAGE_BITS; page++) {
    freeBlock(load<u32>(pagesOf(one) + (page << 2)));
  }
  one.capacity = 0;
}

/** The line of so many bytes, its newline included, or 0. */
export function findLine(at: usize, length: u32): usize {
  const hash = hashOf(at, length);
  let found = firstOf(lines, hash);
  while (found != 0) {
    const line = changetype<MetadataLine>(found);
    if (line.hash == hash && line.length == length && equal(line.text, at, length)) return found;
    found = line.next;
  }
  return 0;
}

/** Learns the line that lies at `at`, its newline included. 0: no memory. */
export function addLine(at: usize, length: u32, kind: u32, family: u32, type: u32): usize {
  const line = allocate(known, offsetof<MetadataLine>() + length);
  if (line == 0) return 0;
  const text = line + offsetof<MetadataLine>();
  memory.copy(text, at, length);
  const added = changetype<MetadataLine>(line);
  const hash = hashOf(text, length);
  added.entry = ENTRY_LINE;
  added.follower = 0;
  added.text = text;
  added.length = length;
  added.kind = kind;
  added.family = family;
  added.type = type;
  added.twin = 0;
  addEntry(lines, line, hash);
  return line;
}

/** Lines are kept where they stand, so that metadata that comes after its samples is, too. */
export let keepsLines: bool = false;

export function setKeepsLines(value: bool): void {
  keepsLines = value;
}

/** A sample of a family was kept of which nothing has been said. */
export function noteKept(family: u32): void {
  const state = family == 0 ? changetype<FamilyState>(0) : stateOf(family);
  if (changetype<usize>(state) != 0) state.isKept = 1;
}

/** Whether the line comes after samples of its family that were kept, and says something new. */
export function isLate(line: MetadataLine): bool {
  const state = stateOf(line.family);
  if (changetype<usize>(state) == 0 || (state.seen & line.kind) != 0) return false;
  // What waits for a sample keeps its order.
  if (state.isTwinLast != 0 || state.written != state.count) return false;
  return state.isKept != 0 || state.count > 0;
}

/** What was said of the line's family so far is written. */
export function noteWritten(line: MetadataLine): void {
  const state = stateOf(line.family);
  state.written = state.count;
}

/** By format, the types, one bit each, none of whose samples has the family's very name. */
const SUFFIXED_TYPES: usize = memory.data(12);

export function setSuffixedTypes(format: u32, types: u32): void {
  store<u32>(SUFFIXED_TYPES + (format << 2), types);
}

/** Whether all samples of a family of the type have a suffix. */
export function isSuffixed(type: u32): bool {
  return (load<u32>(SUFFIXED_TYPES + (reader.format << 2)) & (1 << type)) != 0;
}

/**
 * Whether a TYPE line speaks of another family of the name, a counter beside a gauge: only one of them
 * has samples of the very name.
 */
function isOfTwin(line: MetadataLine, state: FamilyState): bool {
  return line.kind == TYPE && line.type != 0 && state.type != 0 &&
    isSuffixed(line.type) != isSuffixed(state.type);
}

/** Whether the line needs a family of its own that TypeScript has not given it yet. */
export function needsTwin(at: usize): bool {
  const line = changetype<MetadataLine>(at);
  if (line.kind != TYPE || line.twin != 0) return false;
  const state = stateOf(line.family);
  return changetype<usize>(state) != 0 && isOfTwin(line, state);
}

export function setTwin(at: usize, family: u32): void {
  changetype<MetadataLine>(at).twin = family;
}

/** Takes a metadata line: `at` is where it lies in the block. False: no memory. */
export function takeMetadata(line: MetadataLine, at: usize): bool {
  const state = stateOf(line.family);
  if (changetype<usize>(state) == 0) return false;
  if (line.kind == TYPE) {
    if (isOfTwin(line, state)) return takeTwin(line, state, at);
    state.isTwinLast = 0;
  } else if (state.isTwinLast != 0) return takeInto(stateOf(state.twin), line, at);
  else if (line.kind == HELP && state.help != 0) {
    state.otherHelp = changetype<usize>(line);
  }
  return takeInto(state, line, at);
}

/** Takes the TYPE line of a twin, and before it the HELP line that came before. */
function takeTwin(line: MetadataLine, first: FamilyState, at: usize): bool {
  // There is one: what speaks of a third family is left out.
  if (line.twin == 0 || (first.twin != 0 && first.twin != line.twin)) return true;
  first.twin = line.twin;
  first.isTwinLast = 1;
  const help = first.otherHelp;
  const twin = stateOf(line.twin);
  if (changetype<usize>(twin) == 0) return false;
  if (help != 0 && twin.seen == 0) {
    takeInto(twin, changetype<MetadataLine>(help), 0);
    twin.block = 0;
  }
  return takeInto(twin, line, at);
}

function takeInto(state: FamilyState, line: MetadataLine, at: usize): bool {
  if ((state.seen & line.kind) != 0) return true;
  state.seen |= line.kind;
  if (line.kind == TYPE) state.type = line.type;
  else if (line.kind == HELP) state.help = changetype<usize>(line);
  else if (line.kind == UNIT) state.unit = changetype<usize>(line);
  const next = at + line.length;
  if (state.written == state.count || state.block != block || state.end != at) {
    // Lines that lie elsewhere too are written from what was learnt.
    state.block = state.written == state.count ? block : 0;
    state.start = at;
  }
  state.end = next;
  if (state.count == 0) state.line0 = changetype<usize>(line);
  else if (state.count == 1) state.line1 = changetype<usize>(line);
  else state.line2 = changetype<usize>(line);
  state.count++;
  reader.generation = ++generations;
  return true;
}

// @ts-ignore: decorator
@inline
export function lineOf(state: FamilyState, index: u32): MetadataLine {
  const at = index == 0 ? state.line0 : index == 1 ? state.line1 : state.line2;
  return changetype<MetadataLine>(at);
}

/** Bytes of the lines that are not written. */
export function heldBytes(state: FamilyState): u32 {
  let bytes: u32 = 0;
  for (let at = state.written; at < state.count; at++) bytes += lineOf(state, at).length;
  return bytes;
}
