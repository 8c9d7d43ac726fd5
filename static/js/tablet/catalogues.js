/**
 * The second languages, by code: each its own name and its sentences by the Chinese ones. On disk
 * there is none; the server puts in those that have a catalogue (voting/web/catalogues.py), all of
 * them, so that every tablet holds the same bytes whatever its deputy reads.
 * @type {Object<string, {name: string, words: Object<string, string>}>}
 */
export const CATALOGUES = {};
