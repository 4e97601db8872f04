/** What a text says that a chemical does to its target; what it asks, denies, or says of something else of the target's. */
import { expect, test } from "vitest";
import { splitSentences } from "../../corpora/sentences.ts";
import { found } from "./found.fixture.ts";
import { targetActs } from "./target-acts.ts";

/** @param names chemicals, then targets after a bar: "celecoxib; ibuprofen | COX-2; COX-1" */
function actsOf(text: string, names: string): string[] {
  const mentions = names
    .split(" | ")
    .flatMap((side, i) => side.split("; ").map((name) => [name, i === 0 ? "Chemical" : "Gene"] as const))
    .map(([name, type]) => found(text, name, type))
    .sort((a, b) => a.start - b.start);
  return targetActs([{ kind: "abstract", text }], mentions, [splitSentences(text)]).map(
    ({ role, chemicals, targets }) =>
      `${chemicals.map((at) => mentions[at]!.text).sort()} ${role} ${targets.map((at) => mentions[at]!.text)}`,
  );
}

test.each([
  ["Celecoxib selectively inhibits COX-2.", "Celecoxib | COX-2", ["Celecoxib inhibitor COX-2"]],
  [
    "Naloxone is a competitive antagonist at the mu-opioid receptor.",
    "Naloxone | mu-opioid receptor",
    ["Naloxone antagonist mu-opioid receptor"],
  ],
  ["Warfarin acts by inhibiting VKORC1.", "Warfarin | VKORC1", ["Warfarin inhibitor VKORC1"]],
  [
    "Midazolam is extensively metabolized by hepatic CYP3A4 and CYP3A5.",
    "Midazolam | CYP3A4; CYP3A5",
    ["Midazolam substrate CYP3A4,CYP3A5"],
  ],
  [
    "Haloperidol blocks dopamine D2 receptors.",
    "Haloperidol | dopamine D2 receptors",
    ["Haloperidol antagonist dopamine D2 receptors"],
  ],
  [
    "Inhibitors of PDE4 (rolipram; 10 microM) and PDE3 (cilostazol) delayed it.",
    "rolipram; cilostazol | PDE4; PDE3",
    ["rolipram inhibitor PDE4", "cilostazol inhibitor PDE3"],
  ],
  ["Selective agonists of GABA-B (baclofen) did.", "baclofen | GABA-B", ["baclofen agonist GABA-B"]],
  ["Nifedipine blocked Cav1.2 channels.", "Nifedipine | Cav1.2", ["Nifedipine blocker Cav1.2"]],
  [
    "Ketoconazole and itraconazole inhibit CYP3A4 in vivo.",
    "Ketoconazole; itraconazole | CYP3A4",
    ["Ketoconazole,itraconazole inhibitor CYP3A4"],
  ],
  [
    "PD153035, as well as wortmannin, a specific inhibitor of PI3K, was added.",
    "PD153035; wortmannin | PI3K",
    ["wortmannin inhibitor PI3K"],
  ],
  ["Selective inhibition of iNOS by L-NIL was seen.", "L-NIL | iNOS", ["L-NIL inhibitor iNOS"]],
  ["CYP2D6 activity was strongly inhibited by quinidine.", "quinidine | CYP2D6", ["quinidine inhibitor CYP2D6"]],
  [
    "Sampatrilat, a novel dual inhibitor of both ACE (I) and NEP (II), was given.",
    "Sampatrilat | ACE; NEP",
    ["Sampatrilat inhibitor ACE,NEP"],
  ],
])("%s", (text, names, wanted) => {
  expect(actsOf(text, names)).toEqual(wanted);
});

test.each([
  ["Glucose activated insulin secretion.", "Glucose | insulin"],
  ["Quercetin inhibited TNF-alpha-induced death.", "Quercetin | TNF-alpha"],
  ["S1P activated PI3K (p85)/Akt signaling.", "S1P | PI3K"],
  ["Paroxetine did not inhibit CYP3A4.", "Paroxetine | CYP3A4"],
  ["It is unknown whether aspirin inhibits COX-3.", "aspirin | COX-3"],
  ["Neither aspirin nor ibuprofen inhibits COX-3.", "aspirin; ibuprofen | COX-3"],
  ["Losartan lowered pressure. ACE was inhibited. By captopril it was not.", "Losartan; captopril | ACE"],
  ["Aspirin is not an inhibitor of COX-3.", "Aspirin | COX-3"],
])("nothing: %s", (text, names) => {
  expect(actsOf(text, names)).toEqual([]);
});
