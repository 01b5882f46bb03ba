# Completion of kubectl-lab for fish: kubectl lab completion fish | source

function __kubectl_lab_complete
    set -l words (commandline -opc)[2..-1]
    set -l current (commandline -ct)
    set -l answer (kubectl-lab __complete $words $current 2>/dev/null)
    or return
    set -l directive (string replace ':' '' -- $answer[-1])
    # What stands before the value in the same word stays.
    set -l before (string match --regex -- '^-[^=]*=' $current)
    for line in $answer[1..-2]
        printf '%s%s\n' "$before" $line
    end
    if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path (string replace --regex -- '^-[^=]*=' '' $current)
    end
end

complete --command kubectl-lab --no-files --arguments '(__kubectl_lab_complete)'
