/** A model ready for use, with what its tasks are asked through: `loadModel` of the package's main entry. */
import { DEFAULT_MODEL, type LoadOptions, loadModel as loadPlainModel } from "../pretrained/load/load.ts";
import { Model } from "../pretrained/model.ts";
import type { ModelTask } from "../tasks/model-task.ts";
import type { DocumentRelations } from "../tasks/relation-extraction/extract.ts";
import { taskOf, taskOfFolder } from "../tasks/task-file.ts";
import { type Answer, type AnswerSettings, answer } from "./answer.ts";
import {
  type ClassifiedSentence,
  type ClassifyEvent,
  type ClassifySettings,
  classify,
  HALLMARKS,
  hallmarkSlots,
} from "./classify.ts";
import { type DescribeSettings, describe, type ModelDescription } from "./describe.ts";
import type { DocumentInput } from "./documents.ts";
import { type ExtractEvent, type ExtractSettings, extract } from "./extract.ts";
import { planExtraction } from "./extraction-plan.ts";
import { folderOfModel } from "./open-model.ts";
import { schemeOfTask } from "./relation-scheme.ts";
import type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";

/** Everything of `Model`, and the tasks. */
export class BiogptModel extends Model {
  /** What its folder says that it was fine-tuned on; an empty record for a base model. */
  readonly task: ModelTask;

  /** @param model closed with this one; @throws BiogptError `tasks/task-file`, and those of older files */
  constructor(model: Model) {
    super(model);
    this.task = taskOf(this);
  }

  /**
   * Relations of files or documents, as `biogpt extract` finds them.
   *
   * @param input a path, paths (`-` is standard input), or documents
   * @throws BiogptError as `extract` of workflows
   * @example
   *     using model = await loadModel("run-bc5cdr"); // a run of finetune
   *     for await (const { document, relations } of model.extract("abstracts.xml.gz"))
   *       for (const { head, tail } of relations) console.log(document.id, head.text, tail.text);
   */
  extract(
    input: DocumentInput,
    settings: ExtractSettings = {},
    context: WorkflowContext<ExtractEvent> = {},
  ): AsyncGenerator<DocumentRelations, void, void> {
    return extract(input, { ...settings, model: this }, context);
  }

  /**
   * Labels of the sentences of files or documents, as `biogpt classify` gives them.
   *
   * @throws BiogptError as `classify` of workflows
   * @example
   *     using model = await loadModel("biogpt-mini-hoc");
   *     for await (const { text, labels } of model.classify("abstracts.xml.gz")) console.log(labels, text);
   */
  classify(
    input: DocumentInput,
    settings: ClassifySettings = {},
    context: WorkflowContext<ClassifyEvent> = {},
  ): AsyncGenerator<ClassifiedSentence, void, void> {
    return classify(input, { ...settings, model: this }, context);
  }

  /**
   * Yes, no or maybe from a text, as `biogpt answer` says it.
   *
   * @throws BiogptError as `answer` of workflows
   * @example
   *     using model = await loadModel("biogpt-mini-pubmedqa");
   *     const { answer, probabilities } = await model.answer("Does aspirin cause bleeding?", abstract);
   */
  answer(
    question: string,
    context: string,
    settings: AnswerSettings = {},
    run: WorkflowContext<NoteEvent | ProgressEvent> = {},
  ): Promise<Answer> {
    return answer(question, context, { ...settings, model: this }, run);
  }

  /**
   * Descriptions of drugs, diseases or genes, as `biogpt describe` writes them: from memory, so check them.
   *
   * @throws BiogptError as `describe` of workflows
   * @example
   *     const [{ text }] = await model.describe(["Bicalutamide"], { kind: "drug" });
   */
  describe(
    terms: readonly string[],
    settings: DescribeSettings = {},
    context: WorkflowContext<NoteEvent | ProgressEvent> = {},
  ): Promise<ModelDescription[]> {
    return describe(terms, { ...settings, model: this }, context);
  }
}

/**
 * Loads a model with its tasks. It gets as many slots as its own task's usual batch needs.
 *
 * @param nameOrPath an embedded model's name, a folder or weight file, or a Hugging Face name such as `microsoft/biogpt`. Default `biogpt-mini`
 * @throws BiogptError `pretrained/...`, `checkpoints/...`, `models/...`, `tokenizers/...`, `runtime/...`, `tasks/task-file`
 * @example
 *     using model = await loadModel("biogpt-mini-hoc");
 */
export async function loadModel(nameOrPath: string = DEFAULT_MODEL, options: LoadOptions = {}): Promise<BiogptModel> {
  const slots = options.slots ?? usualSlots(taskOfFolder(await folderOfModel(nameOrPath, options)));
  return new BiogptModel(await loadPlainModel(nameOrPath, { ...options, slots }));
}

/** What a task's usual batch needs; undefined where there is no task to know of. */
function usualSlots(task: ModelTask): number | undefined {
  const { schemes = [] } = task;
  if (schemes.includes(HALLMARKS)) return hallmarkSlots();
  const scheme = schemeOfTask(task).name;
  const extracts = schemes.some((one) => typeof one !== "string" || one === scheme) || task.decisionRules !== undefined;
  return extracts ? planExtraction(task, scheme, {}).slots : undefined;
}
