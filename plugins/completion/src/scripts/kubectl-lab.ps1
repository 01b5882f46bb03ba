# Completion of kubectl-lab for PowerShell: kubectl lab completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'kubectl-lab' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    # What stands before the value in the same word stays.
    $before = ''
    if ($wordToComplete -match '^-[^=]*=') { $before = $Matches[0] }
    # PowerShell does not hand on an empty word.
    $last = if ($wordToComplete -eq '') { '""' } else { $wordToComplete }
    & kubectl-lab __complete @words $last 2>$null | Where-Object { $_ -and -not $_.StartsWith(':') } | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new("$before$value", $value, 'ParameterValue', $about)
    }
}
