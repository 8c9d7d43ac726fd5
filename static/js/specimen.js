/** The secretariat's specimen of a draft: the ballot that the page carries, on the tablet's own screens. */
import { openSpecimen } from "./tablet/specimen.js";

const { ballot, back } = document.body.dataset;

openSpecimen(JSON.parse(ballot), () => location.assign(back));
