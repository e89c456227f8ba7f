"""The members that google-genai knows, and their types: what it drops and what it refuses follows from them.

A table of words: knows no value and no rule. Source: the fields and aliases of `GenerateContentResponse`
and what it holds, google-genai 3.3.0 `types.py`. `*` is a list; `json` is an object of anything, `strs`
one of strings; `null` the string NULL_VALUE; other lower-case words are the scalars of `values`; the rest are
names of a model or of an enumeration.
"""

from __future__ import annotations

MODELS = {
    "Blob": "data:bytes displayName:str mimeType:str",
    "Candidate": (
        "content:Content citationMetadata:CitationMetadata finishMessage:str tokenCount:int "
        "finishReason:FinishReason groundingMetadata:GroundingMetadata avgLogprobs:float index:int "
        "logprobsResult:LogprobsResult safetyRatings:SafetyRating* urlContextMetadata:UrlContextMetadata "
        "continuationToken:bytes "
    ),
    "Citation": "endIndex:int license:str publicationDate:GoogleTypeDate startIndex:int title:str uri:str",
    "CitationMetadata": "citations:Citation*",
    "CodeExecutionResult": "outcome:Outcome output:str id:str",
    "Content": "parts:Part* role:str",
    "ExecutableCode": "code:str language:Language id:str",
    "FileData": "displayName:str fileUri:str mimeType:str",
    "FunctionCall": "id:str args:json name:str partialArgs:PartialArg* willContinue:bool",
    "FunctionResponse": (
        "willContinue:bool scheduling:FunctionResponseScheduling parts:FunctionResponsePart* id:str "
        "name:str response:json "
    ),
    "FunctionResponseBlob": "mimeType:str data:bytes displayName:str",
    "FunctionResponseFileData": "fileUri:str mimeType:str displayName:str",
    "FunctionResponsePart": (
        "inlineData:FunctionResponseBlob fileData:FunctionResponseFileData mediaProcessing:MediaProcessing "
    ),
    "Response": (
        "sdkHttpResponse:HttpResponse candidates:Candidate* createTime:time modelVersion:str "
        "promptFeedback:PromptFeedback responseId:str usageMetadata:UsageMetadata "
        "modelStatus:ModelStatus "
    ),
    "PromptFeedback": "blockReason:BlockedReason blockReasonMessage:str safetyRatings:SafetyRating*",
    "UsageMetadata": (
        "cacheTokensDetails:ModalityTokenCount* cachedContentTokenCount:int candidatesTokenCount:int "
        "candidatesTokensDetails:ModalityTokenCount* promptTokenCount:int "
        "promptTokensDetails:ModalityTokenCount* thoughtsTokenCount:int toolUsePromptTokenCount:int "
        "toolUsePromptTokensDetails:ModalityTokenCount* totalTokenCount:int trafficType:TrafficType "
    ),
    "GoogleTypeDate": "day:int month:int year:int",
    "GroundingChunk": (
        "image:GroundingChunkImage maps:GroundingChunkMaps "
        "retrievedContext:GroundingChunkRetrievedContext web:GroundingChunkWeb "
    ),
    "GroundingChunkCustomMetadata": (
        "key:str numericValue:float stringListValue:GroundingChunkStringList stringValue:str "
    ),
    "GroundingChunkImage": "sourceUri:str imageUri:str title:str domain:str",
    "GroundingChunkMaps": (
        "placeAnswerSources:GroundingChunkMapsPlaceAnswerSources placeId:str text:str title:str uri:str "
        "route:GroundingChunkMapsRoute "
    ),
    "GroundingChunkMapsPlaceAnswerSources": (
        "reviewSnippet:GroundingChunkMapsPlaceAnswerSourcesReviewSnippet* flagContentUri:str "
        "reviewSnippets:GroundingChunkMapsPlaceAnswerSourcesReviewSnippet* "
    ),
    "GroundingChunkMapsPlaceAnswerSourcesAuthorAttribution": "displayName:str photoUri:str uri:str",
    "GroundingChunkMapsPlaceAnswerSourcesReviewSnippet": (
        "authorAttribution:GroundingChunkMapsPlaceAnswerSourcesAuthorAttribution flagContentUri:str "
        "googleMapsUri:str relativePublishTimeDescription:str review:str reviewId:str title:str "
    ),
    "GroundingChunkMapsRoute": "distanceMeters:int duration:str encodedPolyline:str",
    "GroundingChunkRetrievedContext": (
        "documentName:str ragChunk:RagChunk text:str title:str uri:str "
        "customMetadata:GroundingChunkCustomMetadata* fileSearchStore:str pageNumber:int mediaId:str "
    ),
    "GroundingChunkStringList": "values:str*",
    "GroundingChunkWeb": "domain:str title:str uri:str",
    "GroundingMetadata": (
        "imageSearchQueries:str* groundingChunks:GroundingChunk* groundingSupports:GroundingSupport* "
        "retrievalMetadata:RetrievalMetadata searchEntryPoint:SearchEntryPoint webSearchQueries:str* "
        "googleMapsWidgetContextToken:str retrievalQueries:str* "
        "sourceFlaggingUris:GroundingMetadataSourceFlaggingUri* "
    ),
    "GroundingMetadataSourceFlaggingUri": "flagContentUri:str sourceId:str",
    "GroundingSupport": (
        "confidenceScores:float* groundingChunkIndices:int* segment:Segment renderedParts:int* "
    ),
    "HttpResponse": "headers:strs body:str",
    "LogprobsResult": (
        "chosenCandidates:LogprobsResultCandidate* topCandidates:LogprobsResultTopCandidates* "
        "logProbabilitySum:float "
    ),
    "LogprobsResultCandidate": "logProbability:float token:str tokenId:int",
    "LogprobsResultTopCandidates": "candidates:LogprobsResultCandidate*",
    "ModalityTokenCount": "modality:MediaModality tokenCount:int",
    "ModelStatus": "message:str modelStage:ModelStage retirementTime:time",
    "Part": (
        "mediaResolution:PartMediaResolution codeExecutionResult:CodeExecutionResult "
        "executableCode:ExecutableCode fileData:FileData functionCall:FunctionCall "
        "functionResponse:FunctionResponse inlineData:Blob text:str thought:bool thoughtSignature:bytes "
        "videoMetadata:VideoMetadata toolCall:ToolCall toolResponse:ToolResponse partMetadata:json "
        "audioTranscription:Transcription mediaProcessing:MediaProcessing speechMetadata:SpeechMetadata "
    ),
    "PartMediaResolution": "level:PartMediaResolutionLevel numTokens:int",
    "PartialArg": (
        "boolValue:bool jsonPath:str nullValue:null numberValue:float stringValue:str willContinue:bool "
    ),
    "RagChunk": "pageSpan:RagChunkPageSpan text:str chunkId:str fileId:str",
    "RagChunkPageSpan": "firstPage:int lastPage:int",
    "RetrievalMetadata": "googleSearchDynamicRetrievalScore:float",
    "SafetyRating": (
        "blocked:bool category:HarmCategory overwrittenThreshold:HarmBlockThreshold "
        "probability:HarmProbability probabilityScore:float severity:HarmSeverity severityScore:float "
    ),
    "SearchEntryPoint": "renderedContent:str sdkBlob:bytes",
    "Segment": "startIndex:int endIndex:int partIndex:int text:str",
    "SpeechMetadata": "speaker:str style:str",
    "ToolCall": "id:str toolType:ToolType args:json",
    "ToolResponse": "id:str toolType:ToolType response:json",
    "Transcription": (
        "text:str finished:bool languageCode:str speakerLabel:str words:WordInfo* startOffset:str "
        "endOffset:str "
    ),
    "UrlContextMetadata": "urlMetadata:UrlMetadata*",
    "UrlMetadata": "retrievedUrl:str urlRetrievalStatus:UrlRetrievalStatus",
    "VideoMetadata": "endOffset:str fps:float startOffset:str",
    "WordInfo": "word:str startOffset:str endOffset:str",
}
ENUMS = {
    "BlockedReason": (
        "BLOCKED_REASON_UNSPECIFIED SAFETY OTHER BLOCKLIST PROHIBITED_CONTENT IMAGE_SAFETY MODEL_ARMOR "
        "JAILBREAK "
    ),
    "FinishReason": (
        "FINISH_REASON_UNSPECIFIED STOP MAX_TOKENS SAFETY RECITATION LANGUAGE OTHER BLOCKLIST "
        "PROHIBITED_CONTENT SPII MALFORMED_FUNCTION_CALL IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT "
        "IMAGE_OTHER NO_IMAGE IMAGE_RECITATION UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS "
        "MISSING_THOUGHT_SIGNATURE MALFORMED_RESPONSE ESCALATION PUP_LIMITED_DISABLED CONTINUATION "
        "MODEL_ARMOR "
    ),
    "FunctionResponseScheduling": "SCHEDULING_UNSPECIFIED SILENT WHEN_IDLE INTERRUPT",
    "HarmBlockThreshold": (
        "HARM_BLOCK_THRESHOLD_UNSPECIFIED BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_ONLY_HIGH "
        "BLOCK_NONE OFF "
    ),
    "HarmCategory": (
        "HARM_CATEGORY_UNSPECIFIED HARM_CATEGORY_HARASSMENT HARM_CATEGORY_HATE_SPEECH "
        "HARM_CATEGORY_SEXUALLY_EXPLICIT HARM_CATEGORY_DANGEROUS_CONTENT HARM_CATEGORY_CIVIC_INTEGRITY "
        "HARM_CATEGORY_JAILBREAK HARM_CATEGORY_IMAGE_HATE HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT "
        "HARM_CATEGORY_IMAGE_HARASSMENT HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT "
    ),
    "HarmProbability": "HARM_PROBABILITY_UNSPECIFIED NEGLIGIBLE LOW MEDIUM HIGH",
    "HarmSeverity": (
        "HARM_SEVERITY_UNSPECIFIED HARM_SEVERITY_NEGLIGIBLE HARM_SEVERITY_LOW HARM_SEVERITY_MEDIUM "
        "HARM_SEVERITY_HIGH "
    ),
    "Language": "LANGUAGE_UNSPECIFIED PYTHON",
    "MediaModality": "MODALITY_UNSPECIFIED TEXT IMAGE VIDEO AUDIO DOCUMENT",
    "MediaProcessing": "MEDIA_PROCESSING_UNSPECIFIED STATIC AGENTIC",
    "ModelStage": (
        "MODEL_STAGE_UNSPECIFIED UNSTABLE_EXPERIMENTAL EXPERIMENTAL PREVIEW STABLE LEGACY DEPRECATED RETIRED "
    ),
    "Outcome": "OUTCOME_UNSPECIFIED OUTCOME_OK OUTCOME_FAILED OUTCOME_DEADLINE_EXCEEDED",
    "PartMediaResolutionLevel": (
        "MEDIA_RESOLUTION_UNSPECIFIED MEDIA_RESOLUTION_LOW MEDIA_RESOLUTION_MEDIUM MEDIA_RESOLUTION_HIGH "
        "MEDIA_RESOLUTION_ULTRA_HIGH "
    ),
    "ToolType": (
        "TOOL_TYPE_UNSPECIFIED GOOGLE_SEARCH_WEB GOOGLE_SEARCH_IMAGE URL_CONTEXT GOOGLE_MAPS FILE_SEARCH "
        "MEDIA_PROCESSING "
    ),
    "TrafficType": (
        "TRAFFIC_TYPE_UNSPECIFIED ON_DEMAND ON_DEMAND_PRIORITY ON_DEMAND_FLEX ON_DEMAND_OFFPEAK "
        "PROVISIONED_THROUGHPUT "
    ),
    "UrlRetrievalStatus": (
        "URL_RETRIEVAL_STATUS_UNSPECIFIED URL_RETRIEVAL_STATUS_SUCCESS URL_RETRIEVAL_STATUS_ERROR "
        "URL_RETRIEVAL_STATUS_PAYWALL URL_RETRIEVAL_STATUS_UNSAFE "
    ),
}
