#!/usr/bin/env bash
# Calls a method with grpcurl, at the address of the service that its package belongs to.
# Usage: ./bf call botiferrous.storage.v1.TaskService/CreateTask '{"name": "Write titles"}'
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
load_settings

method=${1:-}
case $method in
  botiferrous.storage.v1.*) address=$BF_STORAGE_ADDR ;;
  botiferrous.chat.v1.*) address=$BF_CHAT_ADDR ;;
  botiferrous.botify.v1.*) address=$BF_BOTIFY_ADDR ;;
  botiferrous.workflow.v1.*) address=$BF_WORKFLOW_ADDR ;;
  *) die "usage: ./bf call PACKAGE.SERVICE/METHOD [JSON], such as: ./bf call botiferrous.storage.v1.TaskService/ListTasks" ;;
esac
has grpcurl || "$root/deploy/tools.sh" grpcurl
socket=()
case $address in
  unix:*) socket=(-unix) address=${address#unix:} ;;
  *) listens "$address" || die "nothing answers at $address; start it with ./bf up and run the command again." ;;
esac
exec grpcurl -plaintext ${socket[@]+"${socket[@]}"} ${2:+-d "$2"} "$address" "$method"
