// The list of the ten steps, as they are passed.
import { both, byId, element } from "./dom.js";
import { STEP_COUNT, stepMeaning, stepName, words } from "./words.js";

const SIGNS = { passed: "✓", failed: "✗", running: "…", open: "–" };

/** Shows steps before `step` as passed, `step` as `state`, the rest as open. */
export function showSteps(step, state) {
  const list = byId("steps");
  list.replaceChildren();
  for (let number = 1; number <= STEP_COUNT; number++) {
    const now = number < step ? "passed" : number === step ? state : "open";
    list.append(
      element(
        "li",
        { class: now },
        element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[now]),
        element(
          "div",
          {},
          element("b", {}, `${number} `, both(stepName(number))),
          element("span", { class: "spoken" }, `（${words(`state.${now}`).join(" ")}）`),
          element("small", {}, both(stepMeaning(number))),
        ),
      ),
    );
  }
}
