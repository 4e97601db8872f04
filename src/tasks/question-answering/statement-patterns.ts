/** The words by which statement-question.ts tells what a text says, and what it leaves out. */

/** Openings that add nothing. */
export const CONNECTIVE: RegExp =
  /^(?:in (?:conclusion|summary|short|general|contrast|addition)|to (?:conclude|summarize)|taken together|all together|altogether|overall|thus|therefore|hence|however|moreover|furthermore|additionally|consequently|accordingly|collectively|finally|importantly|notably|interestingly|intriguingly|conversely|nevertheless|nonetheless|on the other hand|as expected|surprisingly|unexpectedly|and|but|so|conclusions?|although preliminary)\b[,:;]? +/iu;
/** Reported speech: up to 14 words before "that", none of them of the finding itself. */
export const REPORTED: RegExp =
  /^(?:[^\s,;]+,? +){0,13}?(?<verb>(?:suggest|indicate|show|demonstrate|conclude|find|found|confirm|reveal|impl(?:y|ie)|report|observe|establish|document|propose|believe|illustrate|highlight|emphasi[sz]e|note|provide[sd]?(?: \p{L}+){0,3} evidence|(?:support|is consistent with|are consistent with)[sd]?(?: \p{L}+){0,2} (?:hypothesis|view|notion|idea|conclusion|concept)|evidence|appear)(?:s|d|ed|n|shown)?|shown|seen),? +that,? +(?<rest>.+)$/iu;
export const SPEAKS: RegExp =
  /^(?:we|it|i|this|these|those|the|our|present|current|results?|data|findings?|study|analysis|meta-analysis|evidence|there|here|more|both|studies|\S+ly|further|in|a|an|such|overall|experiments?|observations?|no)$/iu;
export const REPORT_DENIES: RegExp =
  /\b(?:not|cannot|fail(?:s|ed)? to) (?:\p{L}+ ){0,6}that,? $|\b(?:no|lack of|without) (?:\p{L}+ ){0,2}(?:evidence|indication|proof|support) (?:\p{L}+ ){0,3}that,? $/iu;
export const REPORT_DOUBTS: RegExp =
  /\b(?:insufficient|little|limited|inconclusive|weak|preliminary|conflicting|some)\b/iu;

/** Finite verbs of what a study does: the statement is not about its subject. */
export const REPORTS: RegExp =
  /^(?:identif|reveal|suggest|demonstrat|indicat|highlight|uncover|generat|includ|explain|determin|find|emphasi[sz]|describ|compar|evaluat|assess)(?:s|es|ies)$/u;

/** Words before the verb that mean that it is not the statement's own. */
export const SUBORDINATES: RegExp =
  /^(?:who|which|that|whose|whom|where|when|if|because|although|though|while|whereas|whether|how|why|what|unless|until|once|since|whereby|yet|but)$/iu;
export const FRONTED: RegExp =
  /^(?:in|among|amongst|for|during|after|at|with|within|under|following|on|between|before|over|across|throughout)\b/iu;
/** A subject that begins with one of these refers to other text, or is no noun phrase. */
export const NO_SUBJECT: RegExp =
  /^(?:this|these|those|that|it|they|we|he|she|i|you|our|their|its|his|her|here|there|such|some|many|most|one|two|three|several|few|further|future|additional|another|other|others|more|less|by|from|as|to|than|compared|compare|using|given|based|considering|unlike|like|despite|due|only|also|not|and|or|but|either|neither|results?|findings?|data|conclusions?|objectives?|aims?|methods?|purpose|background|according|because|although|while|when|if|since|whereas|without|of|per|via|even|consistent|similar|all of|both|each|together|recently|currently|studies|research|authors?|use of this|what|how|why|where|which|who|does|do|is|are|can|let|please|first|second|finally)$/iu;
export const GENERIC_SUBJECT: RegExp =
  /^(?:the|a|an)\s+(?:(?:present|current|proposed|new|novel|aforementioned|above|latter|former|same|two|three|four|second|first|other|authors?['’]?|presented|described|observed|reported|following)\b|(?:\S+\s+)?(?:study|studies|results?|findings?|data|authors?|paper|article|review|report|analysis|survey|difference|differences|findings|method|technique|approach|model|system|procedure|effect|mechanism|aim|purpose|objective|case|cases|trial|patient|program|programme|intervention|evidence|algorithm|literature|problem)$)/iu;
/** Statements that are no finding. */
export const NO_FINDING: RegExp =
  /\b(?:warranted|discussed|described|presented|reported|reviewed|proposed|outlined|summari[sz]ed|highlighted|unknown|unclear|uncertain|controversial|elucidated|inconclusive|investigated|explored|examined|studied|considered|needed|required|recommended|suggested|necessary to|under way|underway|registered|hypothesi[sz]ed|debated|attention|built|implications?|obtained|performed|carried out|collected|recruited|randomi[sz]ed|conducted|assessed|analy[sz]ed|evaluated|compared to determine|(?:between|among|in|of) (?:the )?(?:two |three |both |all |study )?groups|(?:further|future|more|additional|larger|our|this|these|present|current|above|here|we|us|previous|previously) (?:\p{L}+ )?(?:stud(?:y|ies)|research|work|trials?|investigations?|results?|findings?|data|report|review|paper|observations?|series|analysis)|first (?:study|report|time)|remains? to be|further|herein|we|our|ours|my|us|this|these|thereby|latter|former|above|below|aforementioned|respectively)\b/iu;
export const HEDGED: RegExp =
  /\b(?:may|might|perhaps|possibly|maybe|seems?|appears?|appeared|seemed|potentially|presumably|could|would|tends?|tended|likely|possible|probable|probably|unlikely|hypothetically)\b/iu;
/** The clause ends before these. */
export const CLAUSE_END: RegExp =
  /[;:] |(?: [–—]|--) ?|,? (?:but|although|though|whereas|while|however|therefore|thus|thereby|hence|because|since|unless|yet|even (?:though|if|when))\b|, (?:(?:and|or|so|as) (?:it|they|this|these|the|there|that|is|are|was|were|has|have|can|may|should|also|could|might|will|did|does|do|therefore|thus|in|for)|it|they|which|who|where|suggesting|indicating|supporting|implying|showing|demonstrating|possibly|probably|perhaps|likely|presumably|resulting|leading|making|providing|confirming|even|especially|particularly|in particular|with|compared|is|are|was|were)\b| (?:and|or) (?:that|therefore|thus|may|might|should|could|is|are|was|were|has|have|can|did|does|do|these|this|it|they|there|we)\b| \. |(?<=[\p{Ll})]{2})\. (?=\p{Lu})/iu;
export const PREPOSITIONS: RegExp =
  /^(?:of|in|on|for|with|by|to|from|at|as|than|between|among|during|after|before|into|under|over|via|per|through|within|without|against|using|including|versus|vs|since|upon|towards?|across|around|about|until|when|while|and|or|that|which)$/iu;
export const DETERMINERS: RegExp =
  /^(?:the|a|an|its|their|his|her|our|no|any|each|every|this|these|both|all|of|in|for|with|by|and|or|from|on|at|as|to|than|between|during|after|before|into|under|more|most|less|high|low|other|mean|when|not|via|through|against|about|\S+['’]s?)$/iu;
export const PLURALS: RegExp =
  /^(?:patients|women|men|children|people|mice|rats|cells|data|bacteria|individuals|adults|infants|adolescents|teeth|feet|criteria|phenomena|mitochondria|larvae|media|microbiota)$/iu;
export const NOT_PLURAL: RegExp = /(?:ss|us|is|ics|ous|[a-z]itis|['’]s|diabetes|sepsis|series|species)$/iu;
export const ADVERBS: RegExp =
  /^(?:\p{L}+ly|also|often|still|even|only|always|never|thus|therefore|indeed|however|both|either|further|then|seldom|not)$/iu;
export const ADVERBS_LEFT_OUT: RegExp =
  /^(?:also|thus|therefore|indeed|however|hence|furthermore|still|clearly|moreover|significantly|statistically|even|only|just|interestingly|importantly|surprisingly|consistently)$/iu;
/** Nouns that take no article. */
export const UNCOUNTABLE: RegExp =
  /^(?:evidence|information|support|toxicity|mortality|morbidity|influence on|improvement|need|bias|heterogeneity|agreement|consensus|activity|expression|prognostic|access|knowledge|proof|indication that|cross-reactivity|resistance|protection|involvement|data|justification|room|reason)$/iu;
