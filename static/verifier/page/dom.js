// Elements. Texts are texts: nothing of a record is ever read as markup.

/** An element with attributes and children, which are elements or texts. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Chinese, and English beside it. */
export const both = ([chinese, english]) => {
  const fragment = document.createDocumentFragment();
  fragment.append(chinese, " ", element("span", { lang: "en" }, english));
  return fragment;
};

export const byId = (id) => document.getElementById(id);

/** Long codes are read in groups of four. */
export const inFours = (code) => code.replace(/(.{4})(?=.)/g, "$1 ");
