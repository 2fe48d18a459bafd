/**
 * Structured fields (RFC 9651). The library's own types name `BufferSource` of the DOM, which is nothing here, and turn into
 * `any`: these are the same with what it really gives.
 */
import * as library from 'structured-headers'

/** A value: a number, text, boolean, `ArrayBuffer`, `Date`, or one of the library's own kinds. */
export type BareItem = unknown
/** Values with names, in order. */
export type Parameters = ReadonlyMap<string, BareItem>
/** A value with parameters. */
export type Item = readonly [BareItem, Parameters]
/** Items in brackets, with parameters. */
export type InnerList = readonly [readonly Item[], Parameters]

/** Reads a dictionary. @throws {Error} when it is none. */
export const parseDictionary = library.parseDictionary as (
  text: string,
) => ReadonlyMap<string, Item | InnerList>
/** Whether a member of a dictionary is an inner list. */
export function isInnerList(member: Item | InnerList): member is InnerList {
  return Array.isArray(member[0])
}
/** Reads a list. @throws {Error} when it is none. */
export const parseList = library.parseList as (text: string) => readonly (Item | InnerList)[]
/** Reads an item. @throws {Error} when it is none. */
export const parseItem = library.parseItem as (text: string) => Item
/** Writes a list. */
export const serializeList = library.serializeList as (members: readonly (Item | InnerList)[]) => string
/** Writes a dictionary. */
export const serializeDictionary = library.serializeDictionary as (
  members: ReadonlyMap<string, Item | InnerList>,
) => string
/** Writes an inner list. */
export const serializeInnerList = library.serializeInnerList as (list: InnerList) => string
/** Writes an item. */
export const serializeItem = library.serializeItem as (item: Item) => string
