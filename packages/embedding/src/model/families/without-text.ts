/** Names with white space between them. */
const namesOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/u))

/** Model types that take pictures, sound or series of numbers and no ids of a text: those whose classes in transformers 5.18.0 have no such input. */
export const typesWithoutText = namesOf(`
  aimv2_vision_model align_vision_model altclip_vision_model audio-spectrogram-transformer audioflamingo3_encoder
  autoformer beit bit blip_2_vision_model blip_vision_model bridgetower_vision_model chameleon_vqgan
  chinese_clip_vision_model chmv2 clap_audio_model clip_vision_model clipseg_vision_model cohere_compass_vision
  conditional_detr convnext convnextv2 cosmos3_edge_vision cvt d_fine dab-detr dac data2vec-audio data2vec-vision
  deepseek_ocr2_sam_vision_model deepseek_ocr2_vision deformable_detr deimv2 deit depth_anything depth_pro detr
  dinat dinov2 dinov2_with_registers dinov3_convnext dinov3_vit donut-swin dpt edgetam edgetam_video
  edgetam_vision_model efficientloftr efficientnet emu3_vqgan encodec eomt eomt_dinov3 ernie4_5_vl_moe_vision
  exaone4_5_vision fastspeech2_conformer_hifigan flava_image_model flava_multimodal_model florence_vision focalnet
  fun_asr_nano_encoder gemma3n_audio gemma3n_vision gemma4_audio gemma4_unified_audio gemma4_unified_vision
  gemma4_vision git_vision_model glm4v_moe_vision glm4v_vision glm5_next_vision glm_image_vision glm_image_vqmodel
  glm_ocr_vision glmasr_encoder glpn granite_speech5_ctc granite_speech5_encoder granite_speech_encoder
  granite_speech_plus_encoder groupvit_vision_model hgnet_v2 hiera hubert hunyuan_vl_vision idefics2_perceiver
  idefics2_vision idefics3_vision idefics_perciever idefics_vision ijepa informer inkling_audio inkling_vision
  instructblip_vision_model instructblipvideo_vision_model internvl_vision janus_vision_model janus_vqgan
  kimi_k25_vision kosmos_2_5_vision_model kosmos_2_vision_model lasr_ctc lasr_encoder levit lightglue
  llama4_vision_model lw_detr lw_detr_vit mask2former maskformer maskformer-swin metaclip_2_vision_model mgp-str
  mimi minicpmv4_6_vision minicpmv4_7_vision minimax_m3_vl_vision mlcd mlcd_vision_model mllama_vision_model
  mobilenet_v1 mobilenet_v2 mobilevit mobilevitv2 moonshine_streaming_encoder muse_glimmer_vision nemotron3_5_asr
  nemotron3_diarization nemotron3_diarization_audio nemotron_asr_streaming_encoder neucodec oneformer
  owlv2_vision_model owlvit_vision_model paddleocr_vl_vision parakeet_ctc parakeet_encoder patchtsmixer patchtst
  pe_audio_encoder pe_audio_video_encoder pe_video_encoder phi4_multimodal_audio phi4_multimodal_vision
  pix2struct_vision_model pixio pixtral poolformer pp_doclayout_v2 pp_doclayout_v3 pp_lcnet pp_lcnet_v3
  pp_lcnet_v4 pp_ocrv5_mobile_det pp_ocrv5_mobile_rec pp_ocrv5_server_det pp_ocrv5_server_rec pp_ocrv6_medium_det
  pp_ocrv6_small_det pp_ocrv6_small_rec pp_ocrv6_tiny_rec prompt_depth_anything pvt pvt_v2 qianfan_ocr_vision
  qwen2_5_omni_audio_encoder qwen2_5_omni_bigvgan qwen2_5_omni_dit qwen2_5_omni_token2wav
  qwen2_5_omni_vision_encoder qwen2_5_vl_vision qwen2_audio_encoder qwen2_vl_vision qwen3_5_moe_vision
  qwen3_5_vision qwen3_asr_encoder qwen3_omni_moe_audio_encoder qwen3_omni_moe_vision_encoder qwen3_vl_moe_vision
  qwen3_vl_vision qwen4_exp_vision radio regnet resnet rf_detr rf_detr_dinov2 rt_detr rt_detr_resnet rt_detr_v2
  sam sam2 sam2_hiera_det_model sam2_video sam2_vision_model sam3_detr_decoder sam3_detr_encoder
  sam3_geometry_encoder sam3_lite_text_detr_decoder sam3_lite_text_detr_encoder sam3_lite_text_geometry_encoder
  sam3_lite_text_mask_decoder sam3_mask_decoder sam3_tracker sam3_tracker_video sam3_video sam3_vision_model
  sam3_vit_model sam_hq sam_hq_vision_model sam_vision_model sapiens2 sapiens2_head segformer seggpt sew sew-d
  siglip2_vision_model siglip_vision_model slanet slanext smolvlm_vision speecht5_hifigan step3p5_vision superglue
  superpoint swiftformer swin swin2sr swinv2 table-transformer textnet time_series_transformer timesfm timesfm2_5
  timesformer timm_backbone timm_wrapper tipsv2_dpt tipsv2_vision_model unispeech unispeech-sat univnet upernet
  uvdoc uvdoc_backbone vibevoice_acoustic_tokenizer vibevoice_acoustic_tokenizer_decoder
  vibevoice_acoustic_tokenizer_encoder video_llama_3_vision videomae videomt videoprism_vision_model vit vit_mae
  vit_msn vitdet vitmatte vitpose vitpose_backbone vivit vjepa2 voxtral_encoder voxtral_realtime_encoder wav2vec2
  wav2vec2-bert wav2vec2-conformer wavlm xclip_vision_model xcodec xcodec2 yolos zoedepth
`)

/** Model types of several parts, whose text model is named in `text_config` of config.json. */
export const typesOfParts = namesOf(`
  aimv2 align altclip aria audioflamingo3 aya_vision blip blip-2 bridgetower chinese_clip clap clip clipseg clvp
  cohere2_vision cohere_compass colpali cosmos3_edge cosmos3_omni deepseek_ocr2 deepseek_vl deepseek_vl_hybrid
  diffusion_gemma ernie4_5_vl_moe exaone4_5 fast_vlm flava florence2 fun_asr_nano gemma3 gemma4_assistant
  gemma4_unified gemma4_unified_assistant glm46v glm4v glm4v_moe glm5_next glm_image glm_ocr glmasr got_ocr2
  granite4_vision granite_speech granite_speech_plus grounding-dino groupvit hunyuan_vl hyperclovax_vision_v2
  idefics2 idefics3 inkling_mm_model instructblip instructblipvideo internvl janus kimi_k25 kosmos-2 kosmos-2.5
  lfm2_vl lighton_ocr llama4 llava llava_next llava_next_video llava_onevision metaclip_2 minicpmv4_6 minicpmv4_7
  minimax_m3_vl mistral3 mllama mm-grounding-dino modernvbert muse_glimmer musicflamingo nemotron_h_omni
  omdet-turbo ovis2 owlv2 owlvit paddleocr_vl paligemma pe_audio pe_audio_video pe_video perception_lm pix2struct
  pp_formulanet qianfan_ocr qwen2_5_omni_thinker qwen2_audio qwen3_5 qwen3_5_moe qwen3_asr qwen3_omni_moe_thinker
  qwen3_vl qwen3_vl_moe qwen4_exp sam3 sam3_lite_text shieldgemma2 siglip siglip2 smolvlm step3p7 tipsv2 vibevoice
  vibevoice_asr video_llama_3 video_llava videoprism vipllava vision-text-dual-encoder voxtral voxtral_realtime
  xclip
`)
