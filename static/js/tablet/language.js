/** What the tablet says: every sentence of it goes through `t`, by which the catalogues find it. */

/**
 * @param {string} template a literal in Chinese, with `{name}` where a value goes
 * @param {Object<string, string | number>} [values]
 * @returns {string}
 */
export function t(template, values = {}) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
