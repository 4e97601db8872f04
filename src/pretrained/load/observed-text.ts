/**
 * What a model reads while the range of its keys and values is measured: some of each kind of text that it will meet, in English of our own.
 *
 * Abstracts with their headings and numbers, names of genes and chemicals, a question and its answer, a list, a letter, a table and a sequence: a
 * channel that sleeps while it is measured would be cut when it wakes.
 */
export const OBSERVED_TEXT = `Metformin and lactic acidosis in patients with chronic kidney disease: a randomised trial.
BACKGROUND: Metformin is the first drug given in type 2 diabetes mellitus, yet its use in chronic kidney disease (CKD) is debated because of lactic acidosis. METHODS: In this double-blind, placebo-controlled trial 412 adults (mean age 61.3 years, 54% women) received 500 mg of metformin or placebo twice daily for 24 weeks. The primary outcome was the change in HbA1c; secondary outcomes were body weight, plasma lactate and the estimated glomerular filtration rate (eGFR). RESULTS: HbA1c fell by 0.9% (95% CI 0.7 to 1.1; P < 0.001) with metformin and by 0.1% with placebo. Two patients had vomiting; none had "severe" acidosis. CONCLUSIONS: Metformin lowered HbA1c without raising lactate, but kidney function should be checked before, during and after therapy.
The kinase PIM3 protects hepatocytes from apoptosis by phosphorylating BAD at Ser112. Western blots, immunohistochemistry and quantitative RT-PCR showed that TP53, CDKN1A and interleukin-6 (IL-6) were down-regulated in HepG2 cells and in the liver of C57BL/6 mice (n = 12 per group), whereas NF-kappaB was activated. Knock-down with siRNA abolished the effect; a selective inhibitor, at 10 microM, did not. We identified a missense mutation, c.1799T>A (p.V600E), in 7 of 31 tumours. These findings suggest, although they do not prove, that the pathway is a target in hepatocellular carcinoma.
A 34-year-old man was admitted with fever, headache and a maculopapular rash two days after he had taken amoxicillin-clavulanate. Laboratory tests: white cell count 14.2 x 10^9/L, C-reactive protein 112 mg/L, alanine aminotransferase 310 U/L. The drug was stopped, prednisolone was started, and he recovered within a week. To our knowledge this is the third report of such a reaction in Denmark since 1998.
In children under five malaria, pneumonia and diarrhoea remain the commonest causes of death. We searched PubMed, Embase and the Cochrane Library from 1990 to 2019 and pooled 27 cohort studies with a random-effects model (I2 = 63%). Insecticide-treated bed nets were associated with lower mortality (relative risk 0.82, 0.75 to 0.90), no matter whether the trial was carried out in Ghana, Kenya, India or Papua New Guinea; the quality of the evidence was moderate. Nurses, physicians and families were interviewed about what hindered them. Costs were estimated at US$ 5.80 per child.
Question: Does aspirin reduce the risk of stroke in older people without heart disease?
Answer: Not clearly. It prevents some ischaemic strokes, but bleeding is more frequent, so that most guidelines no longer recommend it for everybody. Ask your doctor first!
1) Wash the slides in PBS (pH 7.4) for 5 min. 2) Incubate with the primary antibody (1:200) overnight at 4 degrees C. 3) Rinse; add DAPI; mount.
Dear Dr. Smith, thank you for your letter. I can't come to London on Tuesday, since my daughter's school is closed; would Friday at 3 p.m. do? Best wishes, Anna.
Drug | Dose | Events
warfarin | 5 mg | 12 (4.1%)
apixaban | 2.5 mg | 9 (3.0%)
O=C(C)Oc1ccccc1C(=O)O is the SMILES of acetylsalicylic acid, C9H8O4; MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ begins a protein. See https://example.org/a_b?c=1 [3, 7].`;
