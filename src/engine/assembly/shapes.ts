import {
  BACKSLASH,
  clearHighBytes,
  commonLength,
  copy,
  equal,
  highBytes,
  isUtf8,
  NEWLINE,
  notingValueEnd,
  QUOTE,
  valueEnd,
} from "./bytes";
import {
  LIFTED,
  LIFTED_TYPES,
  NAME_CHAINS,
  SHAPE_CHAINS,
  SIGNATURE_CHAINS,
} from "../layout";
import {
  block,
  clearFollowers,
  ENTRY_SHAPE,
  isSuffixed,
  reader,
  readsMetadata,
  stateOf,
} from "./families";
import { addEntry, clearChains, firstOf, newChains } from "./chains";
import { hashOf, longHashOf, mixed } from "./hash";
import { allocate, known, learnt, release, usedBytes } from "./memory";

const BRACE_OPEN: u32 = 0x7b;
const BRACE_CLOSE: u32 = 0x7d;

/** A sample's name as lines write it, and the families that its samples may belong to. */
@unmanaged
export class Name {
  next: usize;
  hash: u32;
  text: usize;
  length: u32;
  /** The family of the very name, and the one without the suffix `strippedTypes` allow. */
  exact: u32;
  stripped: u32;
  /** One bit for each number of a type. */
  strippedTypes: u32;
}

/** What lines look like between the values of their labels, in one family of one type. */
@unmanaged
export class Shape {
  entry: u32;
  follower: usize;
  next: usize;
  /** Of its pieces. */
  hash: u32;
  family: u32;
  name: usize;
  /** Of the reader that it was learnt from. */
  layout: u32;
  type: u32;
  help: usize;
  unit: usize;
  /** When the family was last found to be that one, by the reader's generation. */
  checked: u32;
  /** Labels that have a value. */
  values: u32;
  /** The number of the value that is a bucket's bound, or -1. */
  bound: i32;
  reads: u32;
  /** Its lines have values of native histograms. */
  isComposite: u32;
  /** A hash of the name of the histogram that its lines may be of. */
  histogram: u64;
  /** Hashes of the names of its labels that have a value. */
  names: usize;
  spans: usize;
  pieces: usize;
  readNumbers: usize;
  /** The last line of this shape, if it lies in the block `block`, and its plan. */
  line: usize;
  block: u32;
  plan: usize;
  /** Signatures that were learnt, and lines that were taken. */
  lessons: u32;
  taken: u32;
}

const SPAN_BYTES: u32 = 8;
const PIECE_BYTES: u32 = 8;

/** A shape and the values that are read in its lines. */
@unmanaged
class Signature {
  next: usize;
  hash: u32;
  shape: usize;
  plan: usize;
  /** Where the values lie, each behind its length in four bytes. */
  values: usize;
}

/** What becomes of the lines of a signature. */
@unmanaged
export class Plan {
  kind: u32;
  /** Number of the aggregate function. */
  fn: u32;
  isGaugeSum: u32;
  /** Of a histogram, and its suffix, as layout.ts has it; 0: none. */
  part: u32;
  /** The family of the output, and whether the input family's metadata goes with it. */
  out: usize;
  hasMetadata: u32;
  steps: u32;
  firstStep: usize;
  /** Where TypeScript wants to know how many lines there were; 0: nowhere. */
  tally: usize;
  /** What all its lines have of their origins, and the values that each has besides. */
  origin: u64;
  hidden: u32;
  firstHidden: usize;
}

/** Counts the lines of all plans that TypeScript counts alike. */
@unmanaged
class Tally {
  /** Lines since TypeScript last asked, and the next tally that has such lines. */
  lines: u32;
  nextTouched: usize;
}

/** A value that the key of the output's series does not tell, and the hash of its label's name. */
@unmanaged
export class Hidden {
  name: u64;
  value: u32;
}

/** A part of a series' key: a literal, and after it a run of the line or a value of the target. */
@unmanaged
export class Step {
  literal: usize;
  literalLength: u32;
  /** The run begins with this value, or with the line (-1), and ends with the value `to`; -2: none. */
  from: i32;
  to: i32;
}

/** A family of the output. */
@unmanaged
export class OutFamily {
  /** The input family of the same name. */
  own: u32;
  /** The pass that it was entered in, and the scrape that it was written in. */
  pass: u32;
  writtenIn: u32;
  series: u32;
  first: usize;
  last: usize;
  next: usize;
  /** The input family whose metadata it has, when TypeScript need not put that together. */
  source: u32;
  /** The one that was entered last. */
  lastSource: u32;
  lastReader: u32;
  /** Its metadata is put together by TypeScript; lines that pass as they are come after its series. */
  hasHead: u32;
  hasVerbatim: u32;
  /** Gauges were summed in it. */
  summedGauges: u32;
  /** Samples, or bounds, of histograms have collided in it. */
  collides: u32;
  /** Histograms in it, and whether series of some do not stand side by side. */
  groups: usize;
  isScattered: u32;
  /** Some of it is written. */
  isBegun: u32;
  /** The hash of its name, and the family that was made before it. */
  name: u64;
  older: usize;
}

/** The first value that is another one than in the shape's last line, and where that lies, or 0. */
export let changed: u32 = 0;
export let comparedWith: usize = 0;
/** The first of the tallies with lines that TypeScript has not counted. */
export let touched: usize = 0;

const names = newChains(NAME_CHAINS, <u32> offsetof<Name>("next"));
const shapes = newChains(SHAPE_CHAINS, <u32> offsetof<Shape>("next"));
const signatures = newChains(SIGNATURE_CHAINS, <u32> offsetof<Signature>("next"));

export function clearLearnt(): void {
  clearFollowers();
  release(learnt);
  clearChains(names);
  clearChains(shapes);
  clearChains(signatures);
  touched = 0;
}

export function learntBytes(): u32 {
  return usedBytes(learnt);
}

/** Memory for TypeScript to fill, next to what is learnt; 0: none. */
export function allocateLearnt(length: u32): usize {
  return allocate(learnt, length);
}

export function findName(text: usize, length: u32): usize {
  const hash = hashOf(text, length);
  let at = firstOf(names, hash);
  while (at != 0) {
    const name = changetype<Name>(at);
    if (name.hash == hash && name.length == length && equal(name.text, text, length)) return at;
    at = name.next;
  }
  return 0;
}

export function addName(
  text: usize,
  length: u32,
  exact: u32,
  stripped: u32,
  strippedTypes: u32,
): usize {
  const at = allocate(learnt, offsetof<Name>() + length);
  if (at == 0) return 0;
  const name = changetype<Name>(at);
  name.text = at + offsetof<Name>();
  copy(name.text, text, length);
  name.length = length;
  name.exact = exact;
  name.stripped = stripped;
  name.strippedTypes = strippedTypes;
  addEntry(names, at, hashOf(text, length));
  return at;
}

/** The family that samples of the name belong to now; 0 when nothing was said of one. */
export function familyOfName(at: usize): u32 {
  const name = changetype<Name>(at);
  return resolveFamily(name.exact, name.stripped, name.strippedTypes);
}

export function resolveFamily(exact: u32, stripped: u32, strippedTypes: u32): u32 {
  if (exact != 0) {
    const state = stateOf(exact);
    if (changetype<usize>(state) != 0 && state.seen != 0) {
      return state.twin != 0 && isSuffixed(state.type) ? state.twin : exact;
    }
  }
  if (stripped == 0) return 0;
  const state = stateOf(stripped);
  if (changetype<usize>(state) == 0 || state.type == 0) return 0;
  const types = reader.format == LIFTED ? strippedTypes >> LIFTED_TYPES : strippedTypes;
  if ((types & (1 << state.type)) != 0) return stripped;
  const twin = state.twin;
  return twin != 0 && (types & (1 << typeOf(twin))) != 0 ? twin : 0;
}

export function typeOf(family: u32): u32 {
  return family == 0 ? 0 : stateOf(family).type;
}

/** The HELP or UNIT line of the family, or 0. */
export function helpOf(family: u32): usize {
  return family == 0 ? 0 : stateOf(family).help;
}

export function unitOf(family: u32): usize {
  return family == 0 ? 0 : stateOf(family).unit;
}

/** Whether the shape's samples belong to the family that they belonged to when it was learnt. */
// @ts-ignore: decorator
@inline
function isInForce(shape: Shape): bool {
  return shape.checked == reader.generation || check(shape);
}

function check(shape: Shape): bool {
  const family = familyOfName(shape.name);
  if (shape.layout != reader.layout || family != shape.family) return false;
  if (typeOf(family) != shape.type) return false;
  if (readsMetadata && (helpOf(family) != shape.help || unitOf(family) != shape.unit)) return false;
  shape.checked = reader.generation;
  return true;
}

/** Begins the shape of a line with the name, in the family that its samples belong to now. */
export function addShape(
  line: usize,
  nameAt: usize,
  values: u32,
  reads: u32,
  isComposite: u32,
): usize {
  const names = (<u32> offsetof<Shape>() + 7) & ~7;
  const spans = names + (values << 3);
  const pieces = spans + values * SPAN_BYTES;
  const readNumbers = pieces + (values + 1) * PIECE_BYTES;
  const at = allocate(learnt, readNumbers + (reads << 2));
  if (at == 0) return 0;
  memory.fill(at, 0, readNumbers + (reads << 2));
  const shape = changetype<Shape>(at);
  shape.entry = ENTRY_SHAPE;
  shape.name = nameAt;
  shape.family = familyOfName(nameAt);
  shape.layout = reader.layout;
  shape.type = typeOf(shape.family);
  shape.help = readsMetadata ? helpOf(shape.family) : 0;
  shape.unit = readsMetadata ? unitOf(shape.family) : 0;
  shape.values = values;
  shape.bound = -1;
  shape.isComposite = isComposite;
  shape.reads = reads;
  shape.names = at + names;
  shape.spans = at + spans;
  shape.pieces = at + pieces;
  shape.readNumbers = at + readNumbers;
  addEntry(shapes, at, hashOfPieces(line));
  return at;
}

/** Sets what stands before value number `piece` of the shape, or after the last one. */
export function setPiece(at: usize, piece: u32, text: usize, length: u32): bool {
  const place = allocate(learnt, length);
  if (place == 0) return false;
  copy(place, text, length);
  const pieceAt = changetype<Shape>(at).pieces + piece * PIECE_BYTES;
  store<u32>(pieceAt, <u32> place);
  store<u32>(pieceAt, length, 4);
  return true;
}

/** Sets the name of the label that value number `value` is of. */
export function setName(at: usize, value: u32, name: usize, length: u32): void {
  store<u64>(changetype<Shape>(at).names + (value << 3), longHashOf(name, length));
}

/** A hash of it. */
// @ts-ignore: decorator
@inline
export function nameOf(shape: Shape, value: u32): u64 {
  return load<u64>(shape.names + (value << 3));
}

/** Sets the name of the histogram that its lines may be of. */
export function setHistogram(at: usize, name: usize, length: u32): void {
  changetype<Shape>(at).histogram = longHashOf(name, length);
}

/** Sets which value is a bucket's bound. */
export function setBound(at: usize, value: i32): void {
  changetype<Shape>(at).bound = value;
}

/** Sets which value the read number `read` is of. */
export function setRead(at: usize, read: u32, value: u32): void {
  store<u32>(changetype<Shape>(at).readNumbers + (read << 2), value);
}

/** The same for TypeScript, which learns from the line. */
export function matchLine(line: usize): usize {
  const at = findShape(line);
  if (at != 0) changetype<Shape>(at).plan = 0;
  return at;
}

/** The shape of the line at `line`, or 0; its spans are set then, and `number` is where the value begins. */
export function findShape(line: usize): usize {
  const hash = hashOfPieces(line);
  let at = firstOf(shapes, hash);
  for (; at != 0; at = changetype<Shape>(at).next) {
    const shape = changetype<Shape>(at);
    if (shape.hash != hash || !isInForce(shape)) continue;
    number = matchShape(shape, line);
    if (number != 0 && isOfKind(shape)) return at;
  }
  return 0;
}

/** A hash of what stands in the line between the values of its labels. */
export function hashOfPieces(line: usize): u32 {
  let hash: u64 = 0;
  let piece = line;
  let at = valueEnd(line);
  while (load<u8>(at) == QUOTE) {
    const isValue = load<u8>(at - 1) == 0x3d;
    const start = at + 1;
    at = valueEnd(start);
    while (load<u8>(at) == BACKSLASH) at = valueEnd(at + 2);
    if (load<u8>(at) != QUOTE) break;
    if (isValue && at > start) {
      hash = mixed(hash, longHashOf(piece, <u32> (start - piece)));
      piece = at;
    }
    // What has quotes behind the labels is an exemplar.
    if (load<u8>(at, 1) == BRACE_CLOSE) break;
    at = valueEnd(at + 1);
  }
  // After the labels come blanks, and then the value: up to it, a line without labels has its name.
  let end = piece;
  if (piece == line) while (isNameByte(load<u8>(end))) end++;
  return <u32> (mixed(hash, longHashOf(piece, <u32> (end - piece))) >> 32);
}

export let number: usize = 0;

/** Whether the line is of the shape; sets its spans and `number`. */
// @ts-ignore: decorator
@inline
export function isShape(shape: Shape, line: usize): bool {
  if (!isInForce(shape)) return false;
  number = matchShape(shape, line);
  return number != 0 && isOfKind(shape);
}

/**
 * Whether the line that was matched just now has a native histogram as the shape's lines have, or none as
 * they have none. Otherwise what is known of the shape's last line, which it counts as, is forgotten.
 */
// @ts-ignore: decorator
@inline
function isOfKind(shape: Shape): bool {
  const isOne = (load<u8>(number) == BRACE_OPEN) == (shape.isComposite != 0);
  if (!isOne) shape.plan = 0;
  return isOne;
}

/** Bytes of the line's name as it stands there: a quoted one with the brace and quotes around it. */
export function tokenLength(line: usize): u32 {
  let at = line;
  if (load<u8>(at) == 0x7b && load<u8>(at + 1) == QUOTE) {
    for (at += 2;; at++) {
      const byte = load<u8>(at);
      if (byte == QUOTE) return <u32> (at + 1 - line);
      if (byte == NEWLINE || byte == BACKSLASH) return 0;
    }
  }
  while (isNameByte(load<u8>(at))) at++;
  return <u32> (at - line);
}

// @ts-ignore: decorator
@inline
function isNameByte(byte: u32): bool {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x3a) || byte == 0x5f;
}

/** Where the number begins in a line of the shape, with the spans set; 0 for another one. */
function matchShape(shape: Shape, line: usize): usize {
  const count = shape.values;
  let at = line;
  let value: u32 = 0;
  comparedWith = 0;
  if (shape.block == block && shape.line != 0 && count > 0) {
    comparedWith = shape.line;
    const common = commonLength(line, shape.line, endOf(shape, count - 1) + 1);
    value = count;
    while (value > 0 && endOf(shape, value - 1) >= common) value--;
    if (value < count && startOf(shape, value) > common) return 0;
    if (value < count) at = line + startOf(shape, value);
    else {
      at = line + endOf(shape, count - 1);
      const length = pieceLength(shape, count);
      if (!equal(at, pieceAt(shape, count), length)) return 0;
      at += length;
    }
    // Its spans may be another line's until this one is matched whole.
    shape.line = 0;
  } else {
    const length = pieceLength(shape, 0);
    if (!equal(line, pieceAt(shape, 0), length)) return 0;
    at += length;
  }
  changed = value;
  for (; value < count; value++) {
    const end = escapedValueEnd(at);
    if (end == 0 || end == at) return 0;
    if (highBytes != 0) {
      clearHighBytes();
      if (!isUtf8(at, end)) return 0;
    }
    const span = shape.spans + value * SPAN_BYTES;
    store<u32>(span, <u32> (at - line));
    store<u32>(span, <u32> (end - line), 4);
    const length = pieceLength(shape, value + 1);
    if (!equal(end, pieceAt(shape, value + 1), length)) return 0;
    at = end + length;
  }
  shape.line = line;
  shape.block = block;
  return at;
}

/** Where the quote stands that ends a value; 0 for an escape that is none, and for a line's end. */
// @ts-ignore: decorator
@inline
function escapedValueEnd(at: usize): usize {
  at = notingValueEnd(at);
  while (load<u8>(at) == BACKSLASH) {
    const escaped = load<u8>(at + 1);
    if (escaped != BACKSLASH && escaped != QUOTE && escaped != 0x6e) return 0;
    at = notingValueEnd(at + 2);
  }
  return load<u8>(at) == QUOTE ? at : 0;
}

/** The plan of a line whose shape was matched just now, or 0 when its signature is new. */
export function planOf(shape: Shape, line: usize): usize {
  const reads = shape.reads;
  if (shape.plan != 0) {
    if (reads == 0) return shape.plan;
    const last = load<u32>(shape.readNumbers + ((reads - 1) << 2));
    if (changed > last) return shape.plan;
  }
  const plan = findSignature(shape, line, hashOfReads(shape, line));
  shape.plan = plan;
  return plan;
}

/** Learns what becomes of lines like this one, which is of the shape. False: no memory. */
export function addSignature(at: usize, plan: usize, line: usize): bool {
  const shape = changetype<Shape>(at);
  let length = offsetof<Signature>();
  for (let read: u32 = 0; read < shape.reads; read++) {
    const value = load<u32>(shape.readNumbers + (read << 2));
    length += 4 + endOf(shape, value) - startOf(shape, value);
  }
  const place = allocate(learnt, <u32> length);
  if (place == 0) return false;
  const signature = changetype<Signature>(place);
  signature.shape = at;
  signature.plan = plan;
  signature.values = place + offsetof<Signature>();
  let to = signature.values;
  for (let read: u32 = 0; read < shape.reads; read++) {
    const value = load<u32>(shape.readNumbers + (read << 2));
    const start = startOf(shape, value);
    const size = endOf(shape, value) - start;
    store<u32>(to, size);
    copy(to + 4, line + start, size);
    to += 4 + size;
  }
  addEntry(signatures, place, hashOfReads(shape, line));
  shape.plan = 0;
  shape.lessons++;
  return true;
}

/** Whether what becomes of the line, whose shape was matched just now, is known. */
export function hasSignature(at: usize, line: usize): bool {
  return planOf(changetype<Shape>(at), line) != 0;
}

/** How many signatures of the shape were learnt, and how many lines were taken by them. */
export function lessonsOf(shape: usize): u32 {
  return changetype<Shape>(shape).lessons;
}

export function takenOf(shape: usize): u32 {
  return changetype<Shape>(shape).taken;
}

function findSignature(shape: Shape, line: usize, hash: u32): usize {
  let at = firstOf(signatures, hash);
  while (at != 0) {
    const signature = changetype<Signature>(at);
    if (
      signature.hash == hash && signature.shape == changetype<usize>(shape) &&
      hasValues(signature, shape, line)
    ) return signature.plan;
    at = signature.next;
  }
  return 0;
}

function hasValues(signature: Signature, shape: Shape, line: usize): bool {
  let at = signature.values;
  for (let read: u32 = 0; read < shape.reads; read++) {
    const value = load<u32>(shape.readNumbers + (read << 2));
    const start = startOf(shape, value);
    const length = endOf(shape, value) - start;
    if (load<u32>(at) != length || !equal(at + 4, line + start, length)) return false;
    at += 4 + length;
  }
  return true;
}

function hashOfReads(shape: Shape, line: usize): u32 {
  let hash = mixed(changetype<usize>(shape), shape.reads);
  for (let read: u32 = 0; read < shape.reads; read++) {
    const value = load<u32>(shape.readNumbers + (read << 2));
    const start = startOf(shape, value);
    hash = mixed(hash, longHashOf(line + start, endOf(shape, value) - start));
  }
  return <u32> (hash >> 32);
}

/** A plan; steps are set one by one. */
export function addPlan(
  kind: u32,
  fn: u32,
  isGaugeSum: u32,
  part: u32,
  out: usize,
  hasMetadata: u32,
  steps: u32,
  tally: usize,
  hidden: u32,
): usize {
  const parts = steps * <u32> offsetof<Step>() + hidden * <u32> offsetof<Hidden>();
  const at = allocate(learnt, <u32> offsetof<Plan>() + parts);
  if (at == 0) return 0;
  const plan = changetype<Plan>(at);
  setPlan(plan, kind, fn, isGaugeSum, part, out, hasMetadata);
  plan.steps = steps;
  plan.firstStep = at + offsetof<Plan>();
  plan.tally = tally;
  plan.origin = 0;
  plan.hidden = hidden;
  plan.firstHidden = plan.firstStep + steps * offsetof<Step>();
  return at;
}

/** Sets a value of a plan that its series do not tell, whose label has the name at `name`. */
export function setHidden(plan: usize, index: u32, value: u32, name: usize, length: u32): void {
  const at = changetype<Plan>(plan).firstHidden + index * offsetof<Hidden>();
  const hidden = changetype<Hidden>(at);
  hidden.name = longHashOf(name, length);
  hidden.value = value;
}

export function setPlan(
  plan: Plan,
  kind: u32,
  fn: u32,
  isGaugeSum: u32,
  part: u32,
  out: usize,
  hasMetadata: u32,
): void {
  plan.kind = kind;
  plan.fn = fn;
  plan.isGaugeSum = isGaugeSum;
  plan.part = part;
  plan.out = out;
  plan.hasMetadata = hasMetadata;
}

/** Sets a step of a plan; its literal lies in memory that was allocated for it. */
export function setStep(
  plan: usize,
  index: u32,
  literal: usize,
  length: u32,
  from: i32,
  to: i32,
): void {
  const step = changetype<Step>(changetype<Plan>(plan).firstStep + index * offsetof<Step>());
  step.literal = literal;
  step.literalLength = length;
  step.from = from;
  step.to = to;
}

// @ts-ignore: decorator
@inline
export function countPlan(plan: Plan): void {
  if (plan.tally == 0) return;
  const tally = changetype<Tally>(plan.tally);
  if (tally.lines++ == 0) {
    tally.nextTouched = touched;
    touched = plan.tally;
  }
}

/** A tally for plans; 0: no memory. */
export function addTally(): usize {
  const at = allocate(learnt, offsetof<Tally>());
  if (at == 0) return 0;
  const tally = changetype<Tally>(at);
  tally.lines = 0;
  tally.nextTouched = 0;
  return at;
}

/** The next tally with lines that were not counted yet, or 0; `touchedLines` tells how many. */
export function nextTouched(): usize {
  const at = touched;
  if (at == 0) return 0;
  const tally = changetype<Tally>(at);
  touched = tally.nextTouched;
  touchedLines = tally.lines;
  tally.lines = 0;
  tally.nextTouched = 0;
  return at;
}

export let touchedLines: u32 = 0;

/** A family of the output; `own` is the input family of its name. */
export function addOut(own: u32, name: usize, length: u32): usize {
  const at = allocate(known, offsetof<OutFamily>());
  if (at == 0) return 0;
  memory.fill(at, 0, offsetof<OutFamily>());
  const out = changetype<OutFamily>(at);
  out.own = own;
  out.name = longHashOf(name, length) | 1;
  out.older = newestOut;
  newestOut = at;
  return at;
}

/** The family of the output that was made last. */
export let newestOut: usize = 0;

export function clearOuts(): void {
  newestOut = 0;
}

// @ts-ignore: decorator
@inline
export function startOf(shape: Shape, value: u32): u32 {
  return load<u32>(shape.spans + value * SPAN_BYTES);
}

// @ts-ignore: decorator
@inline
export function endOf(shape: Shape, value: u32): u32 {
  return load<u32>(shape.spans + value * SPAN_BYTES, 4);
}

// @ts-ignore: decorator
@inline
function pieceAt(shape: Shape, piece: u32): usize {
  return load<u32>(shape.pieces + piece * PIECE_BYTES);
}

// @ts-ignore: decorator
@inline
function pieceLength(shape: Shape, piece: u32): u32 {
  return load<u32>(shape.pieces + piece * PIECE_BYTES, 4);
}
