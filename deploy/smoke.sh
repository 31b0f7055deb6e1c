#!/usr/bin/env bash
# Speaks to every service with grpcurl, as a person would: what is there, what does it say about itself, does it work.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
load_settings

# expect PATTERN COMMAND...: the output holds the pattern.
expect() {
  local pattern=$1 output
  shift
  output=$("$@" 2>&1) || true
  grep -q -- "$pattern" <<<"$output" || die "\`$*\` should say \`$pattern\`, but says: $output"
}
call() { "$root/deploy/call.sh" "$@"; }
field() { sed -n "s/^[[:space:]]*\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" | head -n 1; }

for service in storage chat botify workflow; do
  addr=$(addr_of "$service")
  package=botiferrous.$service.v1
  expect "^$package\." grpcurl -plaintext "$addr" list
  expect SERVING grpcurl -plaintext "$addr" grpc.health.v1.Health/Check
  while read -r name; do
    # Comments come along with the description.
    expect '^ *// [A-Z]' grpcurl -plaintext "$addr" describe "$name"
    expect SERVING grpcurl -plaintext -d "{\"service\": \"$name\"}" "$addr" grpc.health.v1.Health/Check
  done < <(grpcurl -plaintext "$addr" list | grep "^$package\.")
done

storage=botiferrous.storage.v1
profile=$(call $storage.ProfileService/CreateProfile '{"name": "Smoke"}' | field id)
task=$(call $storage.TaskService/CreateTask "{\"name\": \"Look around\", \"profile_id\": $profile}" | field id)
expect '"Look around"' call $storage.TaskService/GetTask "{\"id\": $task}"
expect '"done": true' call $storage.TaskService/ToggleTask "{\"id\": $task, \"done\": true}"
expect NotFound call $storage.TaskService/GetTask '{"id": 999999}'
expect InvalidArgument call $storage.TaskService/CreateTask '{"name": " "}'
expect FailedPrecondition call $storage.ProfileService/DeleteProfile "{\"id\": $profile}"
expect '"smoke"' call $storage.SettingService/SetSetting '{"key": "smoke", "value": "1"}'
expect '"value": "1"' call $storage.SettingService/GetSetting '{"key": "smoke"}'
expect '"Hello"' call $storage.MessageService/CreateMessage "{\"profile_id\": $profile, \"role\": \"ROLE_USER\", \"text\": \"Hello\", \"state\": \"MESSAGE_STATE_DONE\"}"
expect '"Hello"' call $storage.MessageService/ListMessages "{\"profile_id\": $profile}"
expect '"smoke-01"' call $storage.PipelineService/CreatePipeline '{"app_name": "smoke", "url": "smoke-01", "data": "{}"}'
expect '"smoke-01"' call $storage.PipelineService/GetPipeline '{"app_name": "smoke", "url": "smoke-01"}'
expect '"topic": "task"' call $storage.ChangeService/ListChanges '{"topic": "task"}'
expect '"models"' call botiferrous.chat.v1.ChatService/ListModels
expect '{' call botiferrous.botify.v1.BotifyService/GetConnection
expect '"hello"' call botiferrous.workflow.v1.WorkflowService/ListWorkflows
expect '"smoke-run"' call botiferrous.workflow.v1.WorkflowService/StartRun '{"workflow": "hello", "url": "smoke-run"}'

# It leaves nothing behind but the log of what it did.
expect '{' call $storage.PipelineService/DeletePipeline '{"app_name": "smoke", "url": "smoke-01"}'
expect '{' call $storage.PipelineService/DeletePipeline '{"app_name": "hello", "url": "smoke-run"}'
expect '{' call $storage.SettingService/DeleteSetting '{"key": "smoke"}'
expect '{' call $storage.ProfileService/DeleteProfile "{\"id\": $profile, \"cascade\": true}"

expect '200' curl -s -o /dev/null -w '%{http_code}' "http://$BF_GATEWAY_ADDR/"
expect '421' curl -s -o /dev/null -w '%{http_code}' -H 'Host: elsewhere.example' "http://$BF_GATEWAY_ADDR/"
say "every service answers"
