/** As the beginning of a regular expression: a name's own brackets, which belong to it and part it from nothing: "(HK)" of "hydroxykynurenine (HK)". */
export const OWN_BRACKETS = "(?: ?[([][^()[\\]]{1,25}[)\\]])?";
