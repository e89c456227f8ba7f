"""The members of the SDK's models, as far as a stream can hold them (anthropic 2.10.0, `types`).

A line for each model: its members, each with its type; `=` marks one that may be missing. `?` adds null,
`[]` a list, `{}` an object of any names, `either` and `by_type` are unions. Model names are text to
pydantic, and are here. `tests/protocols/test_anthropic_members.py` compares the table with the SDK that is
installed, and prints it anew. Knows names and types; does nothing with them.
"""

from __future__ import annotations

from functools import cache

HIDDEN = {"ParsedTextBlock": ("parsed_output",)}
"""Members that a model takes and does not write."""

BETA = """\
AdvisorMessageIterationUsage = cache_creation=:CacheCreation? cache_creation_input_tokens:int
    cache_read_input_tokens:int input_tokens:int model:str output_tokens:int type:literal(advisor_message)
AdvisorRedactedResultBlock = encrypted_content:str stop_reason=:str? type:literal(advisor_redacted_result)
AdvisorResultBlock = stop_reason=:str? text:str type:literal(advisor_result)
AdvisorToolResultBlock = content:either(AdvisorToolResultErrorObject|AdvisorResultBlock|
    AdvisorRedactedResultBlock) tool_use_id:str type:literal(advisor_tool_result)
AdvisorToolResultErrorObject = error_code:literal(max_uses_exceeded|prompt_too_long|too_many_requests|
    overloaded|unavailable|execution_time_exceeded|model_not_found) type:literal(advisor_tool_result_error)
Base64PDFSource = data:str media_type:literal(application/pdf) type:literal(base64)
BashCodeExecutionOutputBlock = file_id:str type:literal(bash_code_execution_output)
BashCodeExecutionResultBlock = content:[BashCodeExecutionOutputBlock] return_code:int stderr:str stdout:str
    type:literal(bash_code_execution_result)
BashCodeExecutionToolResultBlock = content:either(BashCodeExecutionToolResultErrorObject|
    BashCodeExecutionResultBlock) tool_use_id:str type:literal(bash_code_execution_tool_result)
BashCodeExecutionToolResultErrorObject = error_code:literal(invalid_tool_input|unavailable|
    too_many_requests|execution_time_exceeded|output_file_too_large)
    type:literal(bash_code_execution_tool_result_error)
Block = by_type(TextBlock|ThinkingBlock|RedactedThinkingBlock|ToolUseBlock|ServerToolUseBlock|
    WebSearchToolResultBlock|WebFetchToolResultBlock|AdvisorToolResultBlock|CodeExecutionToolResultBlock|
    BashCodeExecutionToolResultBlock|TextEditorCodeExecutionToolResultBlock|ToolSearchToolResultBlock|
    MCPToolUseBlock|MCPToolResultBlock|ContainerUploadBlock|CompactionBlock|FallbackBlock|
    MCPToolListingBlock)
BlockDelta = by_type(TextDelta|InputJSONDelta|CitationsDelta|ThinkingDelta|SignatureDelta|
    CompactionContentBlockDelta)
CacheCreation = ephemeral_1h_input_tokens:int ephemeral_5m_input_tokens:int
CacheMiss = by_type(CacheMissModelChanged|CacheMissSystemChanged|CacheMissToolsChanged|
    CacheMissMessagesChanged|CacheMissPreviousMessageNotFound|CacheMissUnavailable)
CacheMissMessagesChanged = cache_missed_input_tokens:int type:literal(messages_changed)
CacheMissModelChanged = cache_missed_input_tokens:int type:literal(model_changed)
CacheMissPreviousMessageNotFound = type:literal(previous_message_not_found)
CacheMissSystemChanged = cache_missed_input_tokens:int type:literal(system_changed)
CacheMissToolsChanged = cache_missed_input_tokens:int type:literal(tools_changed)
CacheMissUnavailable = type:literal(unavailable)
Caller = by_type(DirectCaller|ServerToolCaller|ServerToolCaller20260120)
Citation = by_type(CitationCharLocation|CitationPageLocation|CitationContentBlockLocation|
    CitationsWebSearchResultLocation|CitationSearchResultLocation)
CitationCharLocation = cited_text:str document_index:int document_title=:str? end_char_index:int
    file_id=:str? start_char_index:int type:literal(char_location)
CitationConfig = enabled:bool
CitationContentBlockLocation = cited_text:str document_index:int document_title=:str? end_block_index:int
    file_id=:str? start_block_index:int type:literal(content_block_location)
CitationPageLocation = cited_text:str document_index:int document_title=:str? end_page_number:int
    file_id=:str? start_page_number:int type:literal(page_location)
CitationSearchResultLocation = cited_text:str end_block_index:int search_result_index:int source:str
    start_block_index:int title=:str? type:literal(search_result_location)
CitationsDelta = citation:Citation type:literal(citations_delta)
CitationsWebSearchResultLocation = cited_text:str encrypted_index:str title=:str?
    type:literal(web_search_result_location) url:str
ClearThinking20251015EditResponse = cleared_input_tokens:int cleared_thinking_turns:int
    type:literal(clear_thinking_20251015)
ClearToolUses20250919EditResponse = cleared_input_tokens:int cleared_tool_uses:int
    type:literal(clear_tool_uses_20250919)
CodeExecutionOutputBlock = file_id:str type:literal(code_execution_output)
CodeExecutionResultBlock = content:[CodeExecutionOutputBlock] return_code:int stderr:str stdout:str
    type:literal(code_execution_result)
CodeExecutionToolResultBlock = content:either(CodeExecutionToolResultErrorObject|CodeExecutionResultBlock|
    EncryptedCodeExecutionResultBlock) tool_use_id:str type:literal(code_execution_tool_result)
CodeExecutionToolResultErrorObject = error_code:literal(invalid_tool_input|unavailable|too_many_requests|
    execution_time_exceeded) type:literal(code_execution_tool_result_error)
CompactionBlock = content=:str? encrypted_content=:str? signature=:str?
    tool_changes=:[by_type(ResponseToolAdditionBlock|ResponseToolRemovalBlock)]? type:literal(compaction)
CompactionContentBlockDelta = content=:str? encrypted_content=:str? type:literal(compaction_delta)
CompactionIterationUsage = cache_creation=:CacheCreation? cache_creation_input_tokens:int
    cache_read_input_tokens:int input_tokens:int output_tokens:int type:literal(compaction)
Container = expires_at:time id:str skills=:[ContainerSkill]?
ContainerSkill = skill_id:str type:literal(anthropic|custom) version:str
ContainerUploadBlock = file_id:str type:literal(container_upload)
ContextManagementResponse = applied_edits:[Edit]
Delta = container=:Container? stop_details=:RefusalStopDetails? stop_reason=:literal(end_turn|max_tokens|
    stop_sequence|tool_use|pause_turn|compaction|refusal|model_context_window_exceeded)? stop_sequence=:str?
Diagnostics = cache_miss_reason=:CacheMiss?
DirectCaller = type:literal(direct)
DocumentBlock = citations=:CitationConfig? source:by_type(Base64PDFSource|PlainTextSource) title=:str?
    type:literal(document)
Edit = by_type(ClearToolUses20250919EditResponse|ClearThinking20251015EditResponse)
EncryptedCodeExecutionResultBlock = content:[CodeExecutionOutputBlock] encrypted_stdout:str return_code:int
    stderr:str type:literal(encrypted_code_execution_result)
Event = by_type(RawMessageStartEvent|RawMessageDeltaEvent|RawMessageStopEvent|RawContentBlockStartEvent|
    RawContentBlockDeltaEvent|RawContentBlockStopEvent)
FallbackBlock = from:FallbackInfo to:FallbackInfo trigger:FallbackRefusalTrigger type:literal(fallback)
FallbackCreditNotApplied = reason:literal(body_mismatch|continuation_excluded|continuation_only|expired|
    invalid_target_model|not_enabled|reprice_unavailable|temporarily_unavailable|variant_fields_present|
    wrong_organization|wrong_platform|wrong_workspace) remove_to_redeem=:[str]? type:literal(not_applied)
FallbackCreditRedeemed = type:literal(redeemed)
FallbackCreditUsage = status:by_type(FallbackCreditRedeemed|FallbackCreditNotApplied)
FallbackInfo = model:str
FallbackMessageIterationUsage = cache_creation=:CacheCreation? cache_creation_input_tokens:int
    cache_read_input_tokens:int input_tokens:int model:str output_tokens:int type:literal(fallback_message)
FallbackRefusalTrigger = category=:literal(cyber|bio|frontier_llm|reasoning_extraction|general_harms)?
    type:literal(refusal)
InputJSONDelta = partial_json:str type:literal(input_json_delta)
InputTransformation = by_type(ThinkingDroppedInputTransformation|ThinkingMismatchAllowedInputTransformation)
IterationUsage = by_type(MessageIterationUsage|CompactionIterationUsage|AdvisorMessageIterationUsage|
    FallbackMessageIterationUsage)
MCPTool = description=:str? input_schema:{any} name:str
MCPToolListingBlock = mcp_server_name:str tools:[MCPTool] type:literal(mcp_tool_listing)
MCPToolResultBlock = content:either(str|[TextBlock]) is_error:bool tool_use_id:str
    type:literal(mcp_tool_result)
MCPToolUseBlock = id:str input:{any} name:str server_name:str type:literal(mcp_tool_use)
Message = container=:Container? content:[Block] context_management=:ContextManagementResponse?
    diagnostics=:Diagnostics? id:str input_transformations=:[InputTransformation]? model:str
    role:literal(assistant) stop_details=:RefusalStopDetails? stop_reason=:literal(end_turn|max_tokens|
    stop_sequence|tool_use|pause_turn|compaction|refusal|model_context_window_exceeded)? stop_sequence=:str?
    type:literal(message) usage:Usage
MessageDeltaUsage = cache_creation_input_tokens=:int? cache_read_input_tokens=:int?
    fallback_credit=:FallbackCreditUsage? input_tokens=:int? iterations=:[IterationUsage]? output_tokens:int
    output_tokens_details=:OutputTokensDetails? server_tool_use=:ServerToolUsage?
MessageIterationUsage = cache_creation=:CacheCreation? cache_creation_input_tokens:int
    cache_read_input_tokens:int input_tokens:int model=:str? output_tokens:int type:literal(message)
OutputTokensDetails = thinking_tokens:int
ParsedBlock = by_type(ParsedTextBlock|ThinkingBlock|RedactedThinkingBlock|ToolUseBlock|ServerToolUseBlock|
    WebSearchToolResultBlock|WebFetchToolResultBlock|AdvisorToolResultBlock|CodeExecutionToolResultBlock|
    BashCodeExecutionToolResultBlock|TextEditorCodeExecutionToolResultBlock|ToolSearchToolResultBlock|
    MCPToolUseBlock|MCPToolResultBlock|ContainerUploadBlock|CompactionBlock|MCPToolListingBlock|
    FallbackBlock)
ParsedMessage = container=:Container? content:[ParsedBlock] context_management=:ContextManagementResponse?
    diagnostics=:Diagnostics? id:str input_transformations=:[InputTransformation]? model:str
    role:literal(assistant) stop_details=:RefusalStopDetails? stop_reason=:literal(end_turn|max_tokens|
    stop_sequence|tool_use|pause_turn|compaction|refusal|model_context_window_exceeded)? stop_sequence=:str?
    type:literal(message) usage:Usage
ParsedTextBlock = citations=:[Citation]? parsed_output=:any text:str type:literal(text)
PlainTextSource = data:str media_type:literal(text/plain) type:literal(text)
RawContentBlockDeltaEvent = delta:BlockDelta index:int type:literal(content_block_delta)
RawContentBlockStartEvent = content_block:Block index:int type:literal(content_block_start)
RawContentBlockStopEvent = index:int type:literal(content_block_stop)
RawMessageDeltaEvent = context_management=:ContextManagementResponse? delta:Delta
    input_transformations=:[InputTransformation]? type:literal(message_delta) usage:MessageDeltaUsage
RawMessageStartEvent = message:Message type:literal(message_start)
RawMessageStopEvent = type:literal(message_stop)
RedactedThinkingBlock = data:str type:literal(redacted_thinking)
RefusalStopDetails = category=:literal(cyber|bio|frontier_llm|reasoning_extraction|general_harms)?
    explanation=:str? fallback_credit_token=:str? fallback_has_prefill_claim=:bool? recommended_model=:str?
    type:literal(refusal)
ResponseToolAdditionBlock = tool:by_type(ResponseToolChangeToolReference|ResponseToolChangeMCPToolReference|
    ResponseToolChangeMCPToolsetReference|ToolChangeToolDefinition) type:literal(tool_addition)
ResponseToolChangeMCPToolReference = name:str server_name:str type:literal(mcp_tool_reference)
ResponseToolChangeMCPToolsetReference = server_name:str type:literal(mcp_toolset_reference)
ResponseToolChangeToolReference = name:str type:literal(tool_reference)
ResponseToolRemovalBlock = tool:by_type(ResponseToolChangeToolReference|ResponseToolChangeMCPToolReference|
    ResponseToolChangeMCPToolsetReference) type:literal(tool_removal)
ServerToolCaller = tool_id:str type:literal(code_execution_20250825)
ServerToolCaller20260120 = tool_id:str type:literal(code_execution_20260120)
ServerToolUsage = web_fetch_requests:int web_search_requests:int
ServerToolUseBlock = caller=:Caller? id:str input:{any} name:literal(advisor|web_search|web_fetch|
    code_execution|bash_code_execution|text_editor_code_execution|tool_search_tool_regex|
    tool_search_tool_bm25) type:literal(server_tool_use)
SignatureDelta = signature:str type:literal(signature_delta)
TextBlock = citations=:[Citation]? text:str type:literal(text)
TextDelta = text:str type:literal(text_delta)
TextEditorCodeExecutionCreateResultBlock = is_file_update:bool
    type:literal(text_editor_code_execution_create_result)
TextEditorCodeExecutionStrReplaceResultBlock = lines=:[str]? new_lines=:int? new_start=:int? old_lines=:int?
    old_start=:int? type:literal(text_editor_code_execution_str_replace_result)
TextEditorCodeExecutionToolResultBlock = content:either(TextEditorCodeExecutionToolResultErrorObject|
    TextEditorCodeExecutionViewResultBlock|TextEditorCodeExecutionCreateResultBlock|
    TextEditorCodeExecutionStrReplaceResultBlock) tool_use_id:str
    type:literal(text_editor_code_execution_tool_result)
TextEditorCodeExecutionToolResultErrorObject = error_code:literal(invalid_tool_input|unavailable|
    too_many_requests|execution_time_exceeded|file_not_found) error_message=:str?
    type:literal(text_editor_code_execution_tool_result_error)
TextEditorCodeExecutionViewResultBlock = content:str file_type:literal(text|image|pdf) num_lines=:int?
    start_line=:int? total_lines=:int? type:literal(text_editor_code_execution_view_result)
ThinkingBlock = signature:str thinking:str type:literal(thinking)
ThinkingDelta = estimated_tokens=:int? thinking:str type:literal(thinking_delta)
ThinkingDroppedInputTransformation = path:str reason:literal(model_binding_mismatch|prefix_binding_mismatch|
    organization_binding_mismatch|end_user_binding_mismatch) type:literal(thinking_dropped)
ThinkingMismatchAllowedInputTransformation = path:str reason:literal(model_binding_mismatch|
    prefix_binding_mismatch|organization_binding_mismatch|end_user_binding_mismatch)
    type:literal(thinking_mismatch_allowed)
ToolChangeToolDefinition = definition:any type:literal(tool_definition)
ToolReferenceBlock = tool_name:str type:literal(tool_reference)
ToolSearchToolResultBlock = content:either(ToolSearchToolResultErrorObject|ToolSearchToolSearchResultBlock)
    tool_use_id:str type:literal(tool_search_tool_result)
ToolSearchToolResultErrorObject = error_code:literal(invalid_tool_input|unavailable|too_many_requests|
    execution_time_exceeded) error_message=:str? type:literal(tool_search_tool_result_error)
ToolSearchToolSearchResultBlock = tool_references:[ToolReferenceBlock]
    type:literal(tool_search_tool_search_result)
ToolUseBlock = caller=:Caller? id:str input:{any} name:str toolset_name=:str? type:literal(tool_use)
Usage = cache_creation=:CacheCreation? cache_creation_input_tokens=:int? cache_read_input_tokens=:int?
    fallback_credit=:FallbackCreditUsage? inference_geo=:str? input_tokens:int iterations=:[IterationUsage]?
    output_tokens:int output_tokens_details=:OutputTokensDetails? server_tool_use=:ServerToolUsage?
    service_tier=:literal(standard|priority|batch)? speed=:literal(standard|fast)?
WebFetchBlock = content:DocumentBlock retrieved_at=:str? type:literal(web_fetch_result) url:str
WebFetchToolResultBlock = caller=:Caller? content:either(WebFetchToolResultErrorBlock|WebFetchBlock)
    tool_use_id:str type:literal(web_fetch_tool_result)
WebFetchToolResultErrorBlock = error_code:literal(invalid_tool_input|url_too_long|url_not_allowed|
    url_not_in_prior_context|url_not_accessible|unsupported_content_type|too_many_requests|
    max_uses_exceeded|unavailable|content_too_large) type:literal(web_fetch_tool_result_error)
WebSearchResultBlock = encrypted_content:str page_age=:str? title:str type:literal(web_search_result)
    url:str
WebSearchToolResultBlock = caller=:Caller? content:either(WebSearchToolResultErrorObject|
    [WebSearchResultBlock]) tool_use_id:str type:literal(web_search_tool_result)
WebSearchToolResultErrorObject = error_code:literal(invalid_tool_input|unavailable|max_uses_exceeded|
    too_many_requests|query_too_long|request_too_large) type:literal(web_search_tool_result_error)
"""
"""Of `client.beta.messages`."""

GA = """\
Block = by_type(TextBlock|ThinkingBlock|RedactedThinkingBlock|ToolUseBlock|ServerToolUseBlock|
    WebSearchToolResultBlock|WebFetchToolResultBlock|CodeExecutionToolResultBlock|
    BashCodeExecutionToolResultBlock|TextEditorCodeExecutionToolResultBlock|ToolSearchToolResultBlock|
    ContainerUploadBlock)
BlockDelta = by_type(TextDelta|InputJSONDelta|CitationsDelta|ThinkingDelta|SignatureDelta)
Delta = container=:Container? stop_details=:RefusalStopDetails? stop_reason=:literal(end_turn|max_tokens|
    stop_sequence|tool_use|pause_turn|refusal|model_context_window_exceeded)? stop_sequence=:str?
Message = container=:Container? content:[Block] diagnostics=:Diagnostics? id:str model:str
    role:literal(assistant) stop_details=:RefusalStopDetails? stop_reason=:literal(end_turn|max_tokens|
    stop_sequence|tool_use|pause_turn|refusal|model_context_window_exceeded)? stop_sequence=:str?
    type:literal(message) usage:Usage
MessageDeltaUsage = cache_creation_input_tokens=:int? cache_read_input_tokens=:int? input_tokens=:int?
    output_tokens:int output_tokens_details=:OutputTokensDetails? server_tool_use=:ServerToolUsage?
ParsedBlock = by_type(ParsedTextBlock|ThinkingBlock|RedactedThinkingBlock|ToolUseBlock|ServerToolUseBlock|
    WebSearchToolResultBlock|WebFetchToolResultBlock|CodeExecutionToolResultBlock|
    BashCodeExecutionToolResultBlock|TextEditorCodeExecutionToolResultBlock|ToolSearchToolResultBlock|
    ContainerUploadBlock)
ParsedMessage = container=:Container? content:[ParsedBlock] diagnostics=:Diagnostics? id:str model:str
    role:literal(assistant) stop_details=:RefusalStopDetails? stop_reason=:literal(end_turn|max_tokens|
    stop_sequence|tool_use|pause_turn|refusal|model_context_window_exceeded)? stop_sequence=:str?
    type:literal(message) usage:Usage
RawMessageDeltaEvent = delta:Delta type:literal(message_delta) usage:MessageDeltaUsage
RefusalStopDetails = category=:literal(cyber|bio|frontier_llm|reasoning_extraction|general_harms)?
    explanation=:str? type:literal(refusal)
ServerToolUseBlock = caller=:Caller? id:str input:{any} name:literal(web_search|web_fetch|code_execution|
    bash_code_execution|text_editor_code_execution|tool_search_tool_regex|tool_search_tool_bm25)
    type:literal(server_tool_use)
ThinkingDelta = thinking:str type:literal(thinking_delta)
Usage = cache_creation=:CacheCreation? cache_creation_input_tokens=:int? cache_read_input_tokens=:int?
    inference_geo=:str? input_tokens:int output_tokens:int output_tokens_details=:OutputTokensDetails?
    server_tool_use=:ServerToolUsage? service_tier=:literal(standard|priority|batch)?
    speed=:literal(standard|fast)?
"""
"""Of `client.messages`, where it is another."""


@cache
def table(beta: bool) -> dict[str, str]:
    """Every model's line by its name."""
    return _parsed(BETA) if beta else _parsed(BETA) | _parsed(GA)


def line(name: str, beta: bool) -> str:
    """The line of the model of that name."""
    return table(beta)[name]


def _parsed(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for row in text.splitlines():
        if row.startswith(" "):
            joint = "" if found[name].endswith("|") else " "
            found[name] += joint + row.strip()
        else:
            name, _, members = row.partition(" = ")
            found[name] = members
    return found
