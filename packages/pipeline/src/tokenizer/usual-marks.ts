/** How a family of models is trained: what stands between and around documents. */
export interface UsualMarks {
  readonly modelTypes: readonly string[]
  /** For people. */
  readonly practice: string
  /** The options that make it, as a configuration names them. */
  readonly options: string
  /** Whether a run without a beginning-of-sequence id gives the model what it never saw. */
  readonly needsBos?: true
}

/** By `model_type`, from published configurations. Other types are not guessed. */
const rows: readonly UsualMarks[] = [
  {
    modelTypes: [
      ...['gpt2', 'gpt_neo', 'gptj', 'gpt_neox', 'falcon', 'mpt', 'phi', 'olmo2', 'starcoder2', 'stablelm'],
      ...['bloom', 'mamba', 'mamba2', 'rwkv', 'granite', 'qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe'],
    ],
    practice: 'the end of text between documents, and no beginning',
    options: 'the defaults',
  },
  {
    modelTypes: [
      ...['llama', 'llama4_text', 'mistral', 'mixtral', 'deepseek_v2', 'deepseek_v3', 'cohere', 'cohere2'],
      'minicpm3',
    ],
    practice: 'a beginning before and the end of text after each document',
    options: '`bos` and `separator: after`',
  },
  {
    modelTypes: ['gemma', 'gemma2', 'gemma3_text'],
    practice:
      'a beginning before and the end of text after each document; without the beginning these models fail',
    options: '`bos` and `separator: after`',
    needsBos: true,
  },
  {
    modelTypes: ['opt'],
    practice: 'one token, </s>, begins and ends documents',
    options: 'the defaults, or `bos` and `separator: none`',
  },
  {
    modelTypes: [
      ...['bert', 'distilbert', 'electra', 'mpnet', 'albert', 'deberta', 'deberta-v2', 'modernbert'],
      ...['roberta', 'xlm-roberta', 'bart', 't5', 'mt5', 'umt5'],
    ],
    practice: 'a frame around each text, which is no separator',
    options: '`specialTokens: model` and `boundary: document`',
  },
]

/** What is usual for a model type; undefined where it is not known. */
export function usualMarksOf(modelType: string): UsualMarks | undefined {
  return rows.find(({ modelTypes }) => modelTypes.includes(modelType))
}

/** Tokens that end a turn of a conversation: chat models name them as the end of their sequence. */
export const turnEnds: ReadonlySet<string> = new Set([
  ...[
    '<|im_end|>',
    '<|eot_id|>',
    '<|eom_id|>',
    '<|eot|>',
    '<|end|>',
    '<|return|>',
    '<end_of_turn>',
    '<turn|>',
  ],
  ...['<|END_OF_TURN_TOKEN|>', '<|endofturn|>', '<|end_of_turn|>', '<|im_sep|>', '<|user|>'],
])

/** Tokens that end a text in training, the usual ones first. */
export const textEnds: readonly string[] = [
  ...['<|endoftext|>', '<|end_of_text|>', '<eos>', '</s>', '<｜end▁of▁sentence｜>', '<EOS_TOKEN>'],
]

/** Tokens that begin a text, where nothing else says which does. */
export const textBegins: readonly string[] = [
  ...[
    '<|begin_of_text|>',
    '<｜begin▁of▁sentence｜>',
    '<|startoftext|>',
    '<bos>',
    '<|bos|>',
    '<s>',
    '<BOS_TOKEN>',
  ],
]
