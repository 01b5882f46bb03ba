# Completion of kubectl-lab for bash: source <(kubectl lab completion bash)

__kubectl_lab_complete() {
    COMPREPLY=()
    # Words as they were typed: bash itself would part them at = and : too.
    local line=${COMP_LINE:0:COMP_POINT} words cur answer directive value
    read -r -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    words=("${words[@]/#\~\//$HOME/}")
    answer=$(kubectl-lab __complete "${words[@]:1}" 2>/dev/null) || return
    directive=${answer##*:}
    cur=${words[${#words[@]} - 1]}
    [[ $cur == -*=* ]] && cur=${cur#*=}
    # bash puts a candidate in the place of what stands behind the last of these.
    local before=""
    [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] && before=${cur%:*}:
    while IFS= read -r value; do
        value=${value%%$'\t'*}
        [[ -n $value && $value != :* && $value == "$cur"* ]] || continue
        printf -v value %q "$value"
        COMPREPLY+=("${value#"$before"}")
    done <<<"$answer"
    ((directive & 2)) && compopt -o nospace
    ((directive & 4)) || compopt -o default
    ((directive & 32)) && compopt -o nosort 2>/dev/null
    return 0
}

complete -F __kubectl_lab_complete kubectl-lab

# For "kubectl lab" kubectl's own completion has to be there.
if ! declare -F __start_kubectl >/dev/null && command -v kubectl >/dev/null; then
    source <(kubectl completion bash)
fi
