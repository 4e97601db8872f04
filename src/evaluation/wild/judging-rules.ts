/** What a judge is asked of each line, by scheme: written before any output was seen, and printed at the head of every sheet. */
export const JUDGING_RULES: Readonly<Record<string, string>> = {
  "chemical-disease":
    "Right where the text says of this chemical that it causes, induces or worsens this disease or adverse effect, in these patients, animals or cells. " +
    "Wrong where it treats, prevents or eases it, where both are only mentioned or measured, where the text denies or only asks it, and where one of the two " +
    "is no chemical or no disease, is cut short, or lies inside the other.",
  "drug-drug":
    "Right where the text says that these two drugs act on each other when given together: one changes the other's level or effect, or giving both is " +
    "advised against or for; the named kind must fit. Wrong where they are compared, listed, or given together without anything said of it, where the text " +
    "denies an interaction, and where one of the two is no drug or is cut short.",
  "drug-target":
    "Right where the text says that this drug acts on this gene product or other target in the named way (inhibits, activates, binds, …). Wrong where only " +
    "a level or an expression was measured, where the text denies it, where the way is another one, and where one of the two is no drug or no target, or is cut short.",
};

/** For a scheme of the user's own. */
export const USUAL_RULE: string =
  "Right where the text itself states this relation between these two, of the named kinds. Wrong where both are only mentioned, where the text denies or " +
  "only asks it, and where one of the two is not of its kind, is cut short, or lies inside the other.";

export function judgingRule(scheme: string): string {
  return Object.hasOwn(JUDGING_RULES, scheme) ? JUDGING_RULES[scheme]! : USUAL_RULE;
}
