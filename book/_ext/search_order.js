// How the search orders what it finds: Sphinx's own weights, and the API after every other page.
var Scorer = {
  score: ([page, , , , score]) => (page.startsWith("book/api") ? score - 1000 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
