import { DROP, finished, keepsOnly } from "../../aggregate/combine";
import { copy, NEWLINE, SPACE } from "./bytes";
import { putNumber } from "./format";
import { BUDGET_FULL, HEAD, OUTPUT_LINES, OUTPUT_SAMPLES, TAKEN, VERBATIM } from "../layout";
import { FamilyState, heldBytes, stateOf } from "./families";
import { append, appendHeld, count, fits, output, room } from "./output";
import * as buffer from "./output";
import { firstOut, flushed, Series, SERIES_BYTES, SeriesTail } from "./series";
import { OutFamily } from "./shapes";
import { unite } from "./unions";

/** Where `render` goes on: the family, its next series, and what stands before that. */
export let renderedOut: usize = 0;
let nextSeries: usize = 0;
let isBegun: bool = false;
/** Metadata that TypeScript has put together, and its lines. */
let headAt: usize = 0;
let headLength: u32 = 0;
let headLines: u32 = 0;
/** The metadata of the family is out, or there is none. */
let isHeadWritten: bool = false;
/** What is written after a series that has no timestamp, a space before it. */
let stampAt: usize = 0;
let stampLength: u32 = 0;

/** `length` bytes at `at`: a space and the timestamp of series that have none; 0: nothing. */
export function setTimestamp(at: usize, length: u32): void {
  stampAt = at;
  stampLength = length;
}

/** A family of the output has the samples of its input family: what was said of that late is of them. */
let takesLate: bool = false;

export function setTakesLate(value: bool): void {
  takesLate = value;
}

/** Whether something was said of the family that is not written. */
function hasLines(family: u32): bool {
  const state = stateOf(family);
  return changetype<usize>(state) != 0 && state.written < state.count;
}

export function beginRender(): void {
  renderedOut = firstOut;
  isBegun = false;
}

/** Gives the metadata that HEAD asked for. */
export function setHead(at: usize, length: u32, lines: u32): void {
  headAt = at;
  headLength = length;
  headLines = lines;
  isHeadWritten = length == 0;
}

/** Writes what was gathered, family by family. TAKEN at its end, else what is wanted. */
export function render(): u32 {
  while (renderedOut != 0) {
    const out = changetype<OutFamily>(renderedOut);
    if (!isBegun) {
      isBegun = true;
      if (out.collides != 0) unite(out);
      nextSeries = out.first;
      headLength = headLines = 0;
      if (out.source == 0 && takesLate && hasLines(out.own)) out.source = out.own;
      isHeadWritten = out.source == 0;
      if (out.hasHead != 0) return HEAD;
    }
    while (nextSeries != 0) {
      const series = changetype<Series>(nextSeries);
      if (series.members == 1 || series.fn != DROP) {
        const status = putSeries(out, series);
        if (status != TAKEN) return status;
      }
      nextSeries = series.next;
    }
    if (out.hasVerbatim == 1) {
      out.hasVerbatim = 2;
      return VERBATIM;
    }
    out.isBegun = u32(isHeadWritten);
    renderedOut = out.next;
    isBegun = false;
  }
  return TAKEN;
}

/**
 * What was gathered is written: lets its metadata go. Not before, since a family that rules divide
 * has it in each of its parts.
 */
export function endRender(): void {
  for (let at = firstOut; at != 0; at = changetype<OutFamily>(at).next) {
    const out = changetype<OutFamily>(at);
    if (out.hasHead == 0 && out.source != 0 && out.isBegun != 0) releaseFamily(out.source);
  }
  flushed();
}

/** The family's metadata so far is written. */
export function releaseFamily(family: u32): void {
  const state = stateOf(family);
  state.written = state.count;
}

/** Writes a line that passes as it is, the family's metadata before it when it is a sample. */
export function putVerbatim(at: usize, length: u32, isSample: bool): u32 {
  const status = putHead(changetype<OutFamily>(renderedOut), isSample, length);
  if (status != TAKEN) return status;
  append(at, length);
  count(OUTPUT_LINES, 1);
  if (isSample) count(OUTPUT_SAMPLES, 1);
  return TAKEN;
}

/** Writes the family's metadata, if it waits, where `length` bytes more find room. */
function putHead(out: OutFamily, isWanted: bool, length: u32): u32 {
  if (isHeadWritten || !isWanted) {
    if (!fits(length)) return BUDGET_FULL;
    return room(length);
  }
  const state = out.hasHead != 0 ? changetype<FamilyState>(0) : stateOf(out.source);
  const held = out.hasHead != 0 ? headLength : heldBytes(state);
  if (!fits(held + length)) return BUDGET_FULL;
  const status = room(held + length);
  if (status != TAKEN) return status;
  if (out.hasHead != 0) {
    append(headAt, headLength);
    count(OUTPUT_LINES, headLines);
  } else {
    appendHeld(state);
    count(OUTPUT_LINES, state.count - state.written);
  }
  isHeadWritten = true;
  return TAKEN;
}

function putSeries(out: OutFamily, series: Series): u32 {
  const head = series.keyLength + 1;
  const isText = series.isNative != 0 || (series.members == 1 && keepsOnly(series.fn));
  // The budget counts what is written: the exact length is known once the number is.
  const number = isText ? series.textAt : NUMBER;
  const numberLength = isText
    ? series.textLength
    : <u32> (putNumber(finished(series.fn, series.running, series.members), NUMBER) - NUMBER);
  const tail = changetype<SeriesTail>(series.tail);
  const hasTail = series.tail != 0;
  const isStamped = hasTail && tail.stampLength > 0;
  const hasStart = hasTail && tail.startLength > 0;
  const hasExemplar = hasTail && tail.exemplarLength > 0;
  let length = head + numberLength + 1;
  length += isStamped ? tail.stampLength + 1 : stampLength;
  if (hasStart) length += tail.startLength + 1;
  if (hasExemplar) length += tail.exemplarLength + 1;
  const status = putHead(out, true, length);
  if (status != TAKEN) return status;
  let to = output + buffer.used;
  to = put(to, changetype<usize>(series) + SERIES_BYTES, head);
  to = put(to, number, numberLength);
  if (isStamped) to = put(spaceAt(to), tail.stampAt, tail.stampLength);
  else to = put(to, stampAt, stampLength);
  if (hasStart) to = put(spaceAt(to), tail.startAt, tail.startLength);
  if (hasExemplar) to = put(spaceAt(to), tail.exemplarAt, tail.exemplarLength);
  store<u8>(to, <u8> NEWLINE);
  buffer.appended(length);
  count(OUTPUT_LINES, 1);
  count(OUTPUT_SAMPLES, 1);
  return TAKEN;
}

// @ts-ignore: decorator
@inline
function put(to: usize, from: usize, length: u32): usize {
  copy(to, from, length);
  return to + length;
}

// @ts-ignore: decorator
@inline
function spaceAt(to: usize): usize {
  store<u8>(to, <u8> SPACE);
  return to + 1;
}

/** Where a number is written before it is known whether it fits. */
const NUMBER: usize = memory.data(64);
