# Sourced by scripts/test and .ci/run: named steps, each with a limit of its own, so that a hang is a failure with a name.
#
#   step NAME LIMIT COMMAND...   runs COMMAND (not a function). What still runs after LIMIT seconds is shown, and ended: 124.
#   print_step_times             how long each step took; "?" for one that the script was stopped in

step_names=()
step_seconds=()

step() {
  local name=$1 limit=$2 status=0 started=$SECONDS
  shift 2
  printf '\n== %s\n' "$name"
  step_names+=("$name")
  step_seconds+=('?')
  run_limited "$limit" "$@" || status=$?
  step_seconds[-1]=$((SECONDS - started))
  case $status in
    0) ;;
    124) printf '== %s: FAILED, not done within %d s\n' "$name" "$limit" >&2 ;;
    *) printf '== %s: FAILED\n' "$name" >&2 ;;
  esac
  return "$status"
}

# In a session of its own, so that all of it can be shown, and ended, together.
run_limited() {
  local limit=$1 status=0 started=$SECONDS
  shift
  setsid "$@" </dev/null &
  local session=$!
  end_when_due "$session" "$limit" &
  local guard=$!
  trap 'pkill -TERM -s "$session"; kill "$guard"; exit 130' INT TERM
  wait "$session" 2>/dev/null || status=$?
  trap - INT TERM
  ((SECONDS - started >= limit)) || kill "$guard"
  if wait "$guard" 2>/dev/null; then status=124; fi
  return "$status"
}

# True when the session had to be ended.
end_when_due() {
  local session=$1 limit=$2 never
  exec {never}<> <(:)
  read -r -t "$limit" -u "$never" || true  # a sleep(1) would stay behind
  pgrep -s "$session" >/dev/null || return 1
  ps -o pid,ppid,stat,etimes,wchan:20,args --forest -s "$session" >&2
  pkill -TERM -s "$session" || true
  read -r -t 10 -u "$never" || true
  pkill -KILL -s "$session" || true
}

print_step_times() {
  local i
  printf '\n'
  for i in "${!step_names[@]}"; do
    printf '%5s s  %s\n' "${step_seconds[i]}" "${step_names[i]}"
  done
}
