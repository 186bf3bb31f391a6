/**
 * What stands before the prefixes of a family where its model is a part of another: as transformers 5.18.0 writes it. Models of sound write
 * the prefix `model.` twice.
 */
export const partPrefixes = [
  'language_model.',
  'model.language_model.',
  'language_model.model.',
  'text_model.',
  'model.text_model.',
  'thinker.',
  'vlm.language_model.',
  'vlm.model.language_model.',
] as const
