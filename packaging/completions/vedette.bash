_vedette() {
  local path='' words='' word next
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="${path:+$path }$word"
    case "$next" in
      'server'|'check-config'|'clocks'|'clocks check'|'clocks count'|'sites'|'sites add'|'sites list'|'sites import'|'sites approve'|'sites ignore'|'sites check'|'sites replay'|'files'|'files guard'|'files rollback'|'files allow'|'files freeze'|'files thaw'|'files canaries'|'files incidents'|'files roots'|'files deploy'|'files changes'|'logs'|'logs scan'|'logs rules'|'logs rules check'|'logs rules test'|'logs rules explain'|'agent'|'agent token'|'agent enroll'|'agent run'|'agent list'|'agent revoke'|'users'|'users list'|'users add'|'users reset-password'|'users reset-second-factor'|'users break-glass'|'users disable'|'users enable'|'users setup-link'|'backup'|'restore'|'audit'|'audit verify'|'evidence'|'evidence verify'|'watchdog'|'completion'|'man') path="$next" ;;
    esac
  done
  case "$path" in
    '') words='server check-config clocks sites files logs agent users backup restore audit evidence watchdog completion man --help --version' ;;
    'server') words='--help --config --data --listen' ;;
    'check-config') words='--help --default --markdown' ;;
    'clocks') words='check count --help' ;;
    'clocks check') words='--help' ;;
    'clocks count') words='--help --regime --folder --detected --aware --request-received --finished --beyond-capacity --urgent' ;;
    'sites') words='add list import approve ignore check replay --help' ;;
    'sites add') words='--help --config --data --server --token --ca-file --name --interval --tag' ;;
    'sites list') words='--help --config --data --server --token --ca-file --state --tag --query --json' ;;
    'sites import') words='--help --config --data --server --token --ca-file --format --dry-run' ;;
    'sites approve') words='--help --config --data --server --token --ca-file --snapshot' ;;
    'sites ignore') words='--help --config --data --server --token --ca-file --reason' ;;
    'sites check') words='--help --json --language --loopback --insecure --no-dns' ;;
    'sites replay') words='--help --learn --against --json --approve-alarms' ;;
    'files') words='guard rollback allow freeze thaw canaries incidents roots deploy changes --help' ;;
    'files guard') words='--help --exclude --ready-fd --mode --vault-size --file-size --when-full --canaries --language --vault --json' ;;
    'files rollback') words='--help --vault --json' ;;
    'files allow') words='--help --hours --vault --json' ;;
    'files freeze') words='--help --vault --json' ;;
    'files thaw') words='--help --vault --json' ;;
    'files canaries') words='--help --remove --vault --json' ;;
    'files incidents') words='--help --vault --json' ;;
    'files roots') words='--help --once --language --state --json' ;;
    'files deploy') words='--help --for --root --note --end --state' ;;
    'files changes') words='--help --limit --state --json' ;;
    'logs') words='scan rules --help' ;;
    'logs scan') words='--help --rules --format --pipeline --placeholders --zone --threads --memo --count-by-rule --json --timeline --language' ;;
    'logs rules') words='check test explain --help' ;;
    'logs rules check') words='--help --events --format --pipeline --placeholders --json' ;;
    'logs rules test') words='--help --pipeline --placeholders --json' ;;
    'logs rules explain') words='--help --format --pipeline --placeholders --json' ;;
    'agent') words='token enroll run list revoke --help' ;;
    'agent token') words='--help --config --data --server --token --ca-file --note --hours' ;;
    'agent enroll') words='--help --server --pin --token --state' ;;
    'agent run') words='--help --web-root --log --state' ;;
    'agent list') words='--help --config --data --server --token --ca-file' ;;
    'agent revoke') words='--help --config --data --server --token --ca-file' ;;
    'users') words='list add reset-password reset-second-factor break-glass disable enable setup-link --help' ;;
    'users list') words='--help --config --data --server --token --ca-file' ;;
    'users add') words='--help --config --data --server --token --ca-file --role --display-name --language' ;;
    'users reset-password') words='--help --config --data --server --token --ca-file' ;;
    'users reset-second-factor') words='--help --config --data --server --token --ca-file' ;;
    'users break-glass') words='--help --config --data --server --token --ca-file' ;;
    'users disable') words='--help --config --data --server --token --ca-file' ;;
    'users enable') words='--help --config --data --server --token --ca-file' ;;
    'users setup-link') words='--help --config --data --server --token --ca-file' ;;
    'backup') words='--help --config --data' ;;
    'restore') words='--help --config --data' ;;
    'audit') words='verify --help' ;;
    'audit verify') words='--help --config --data --server --token --ca-file' ;;
    'evidence') words='verify --help' ;;
    'evidence verify') words='--help --key' ;;
    'watchdog') words='--help --url --ca-file --command --webhook --heartbeat --every --silent-after --again --heartbeat-every' ;;
    'completion') words='--help bash zsh fish' ;;
    'man') words='--help' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _vedette vedette
