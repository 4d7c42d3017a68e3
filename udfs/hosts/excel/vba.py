"""The VBA module that Excel calls, generated from the registry.

One `Function` for each entry hands its arguments to Python and its answer back. Three things it does that the wrappers
of xlwings do not: a failure becomes a true error value, a range travels as its values in one go - unrounded, because
`Value` cuts cells in a currency format to four decimals - and the connection to Python is kept between calls.
"""

from __future__ import annotations

from collections.abc import Iterable

from udfs.errors import NOT_AVAILABLE, NUMBER
from udfs.hosts.excel.functions import ADDRESS_IN_VBA, MARK
from udfs.hosts.excel.lint import faults_of_code, faults_of_names
from udfs.registry import CATEGORY, Function

MODULE = "AramFunctions"
"""Name of the VBA module."""

SERVED = "udfs.hosts.excel.functions"
"""The Python module that answers."""

_HEAD = f"""\
Attribute VB_Name = "{MODULE}"
Option Explicit
' Generated from the registry of functions: changes here are lost.

Private Const AramModule As String = "{SERVED}"
Private AramServer As Object
Private AramFault As String
Private AramRestUntil As Date
"""

_CALL = f"""\
Private Function AramCall(title As String, arguments As Variant) As Variant
    Dim answer As Variant, kept As Boolean
    kept = Not AramServer Is Nothing
    If AramAsk(title, arguments, answer) Then
        AramCall = AramOutput(answer)
        Exit Function
    End If
    Set AramServer = Nothing
    ' Python may have ended since the last call: one new start, then a rest, so that many cells do not wait in turn.
    If kept Then
        If AramAsk(title, arguments, answer) Then
            AramCall = AramOutput(answer)
            Exit Function
        End If
        Set AramServer = Nothing
    End If
    AramCall = AramUnanswered(title)
End Function

Private Function AramAsk(title As String, arguments As Variant, answer As Variant) As Boolean
    On Error GoTo Failed
    If AramServer Is Nothing Then
        If Now < AramRestUntil Then Exit Function
        Set AramServer = XLPy
    End If
    ' In parentheses: passed by value, as xlwings does.
    answer = AramServer.CallUDF(AramModule, (title), (arguments))
    AramAsk = True
    Exit Function
Failed:
    AramFault = Err.Description
    If AramServer Is Nothing Then AramRestUntil = Now + TimeSerial(0, 0, 10)
End Function

Private Function AramUnanswered(title As String) As Variant
    If title = "ARAM_STATUS" Then
        AramUnanswered = "Python did not answer: " & AramFault & " Remedy: run aram-xl doctor"
    Else
        AramUnanswered = CVErr(xlErrValue)
    End If
End Function

Private Function {ADDRESS_IN_VBA} As String
    On Error Resume Next
    AramCallingCell = Application.Caller.Parent.Name & "!" & Application.Caller.Address(False, False)
End Function
"""

_INPUT = """\
Private Function AramInput(Optional given As Variant) As Variant
    Dim plain As Variant, dated As Variant, i As Long, j As Long
    If IsMissing(given) Then Exit Function
    If Not IsObject(given) Then
        AramInput = given
        Exit Function
    End If
    If given.Areas.Count > 1 Then
        AramInput = CVErr(xlErrRef)
        Exit Function
    End If
    ' Value2 has the numbers as they are; only Value knows which of them are dates.
    plain = given.Value2
    dated = given.Value
    If Not IsArray(plain) Then
        If VarType(dated) = vbDate Then plain = dated
        AramInput = plain
        Exit Function
    End If
    For i = LBound(dated, 1) To UBound(dated, 1)
        For j = LBound(dated, 2) To UBound(dated, 2)
            If VarType(dated(i, j)) = vbDate Then plain(i, j) = dated(i, j)
        Next j
    Next i
    AramInput = plain
End Function
"""

_OUTPUT = f"""\
Private Function AramOutput(answer As Variant) As Variant
    Dim i As Long, j As Long
    If Not IsArray(answer) Then
        AramOutput = AramValue(answer)
        Exit Function
    End If
    If AramHasRows(answer) Then
        For i = LBound(answer, 1) To UBound(answer, 1)
            For j = LBound(answer, 2) To UBound(answer, 2)
                answer(i, j) = AramValue(answer(i, j))
            Next j
        Next i
    Else
        For i = LBound(answer) To UBound(answer)
            answer(i) = AramValue(answer(i))
        Next i
    End If
    AramOutput = answer
End Function

Private Function AramHasRows(answer As Variant) As Boolean
    Dim last As Long
    On Error GoTo OneRow
    last = UBound(answer, 2)
    AramHasRows = True
OneRow:
End Function

Private Function AramValue(value As Variant) As Variant
    Dim code As String
    AramValue = value
    If VarType(value) <> vbString Then Exit Function
    If Left$(value, {len(MARK) + 1}) <> "{MARK}#" Then Exit Function
    code = Mid$(value, {len(MARK) + 1})
    If InStr(code, "|") > 0 Then code = Left$(code, InStr(code, "|") - 1)
    Select Case code
        Case "{NOT_AVAILABLE}"
            AramValue = CVErr(xlErrNA)
        Case "{NUMBER}"
            AramValue = CVErr(xlErrNum)
        Case Else
            AramValue = CVErr(xlErrValue)
    End Select
End Function
"""

_HELP = f"""\
Private Sub AramDescribe(title As String, help As String, arguments As Variant)
    Dim place As String
    On Error Resume Next
    place = "'" & Replace(ThisWorkbook.Name, "'", "''") & "'!" & title
    If UBound(arguments) < LBound(arguments) Then
        Application.MacroOptions Macro:=place, Description:=help, Category:="{CATEGORY}"
    Else
        Application.MacroOptions Macro:=place, Description:=help, Category:="{CATEGORY}", _
            ArgumentDescriptions:=arguments
    End If
End Sub
"""

_ON_OPEN = """\
Private Sub Workbook_Open()
    ' Later, because a file that is still opening cannot have its functions described.
    Application.OnTime Now, "'" & Replace(ThisWorkbook.Name, "'", "''") & "'!AramRegister"
End Sub
"""


def module(functions: Iterable[Function]) -> str:
    """The text of the VBA module, lines ended as VBA wants them.

    Raises:
        ValueError: a name or text that VBA or Excel would refuse; the message lists all.
    """
    ordered = sorted(functions, key=lambda function: function.name)
    parts = [_HEAD, *map(_wrapper, ordered), _CALL, _INPUT, _OUTPUT, _register(ordered), _HELP]
    code = _windows("\n".join(parts))
    faults = faults_of_names(ordered) + faults_of_code(code)
    if faults:
        raise ValueError("VBA wrappers: " + "; ".join(faults))
    return code


def on_open() -> str:
    """The code of ThisWorkbook: registers the help of all functions."""
    return _windows(_ON_OPEN)


def _wrapper(function: Function) -> str:
    declared = ", ".join(f"{'Optional ' if a.optional else ''}{a.name} As Variant" for a in function.arguments)
    passed = ", ".join([*(f"AramInput({a.name})" for a in function.arguments), ADDRESS_IN_VBA])
    name = function.name
    return f"""\
Public Function {name}({declared}) As Variant
Attribute {name}.VB_Description = {_quoted(function.help)}
Attribute {name}.VB_ProcData.VB_Invoke_Func = " \\n14"
    {name} = AramCall("{name}", Array({passed}))
End Function
"""


def _register(functions: list[Function]) -> str:
    lines = ["Public Sub AramRegister()", "    Dim saved As Boolean", "    saved = ThisWorkbook.Saved"]
    for function in functions:
        texts = ", _\n        ".join(_quoted(argument.text) for argument in function.arguments)
        lines.append(f'    AramDescribe "{function.name}", {_quoted(function.help)}, _\n        Array({texts})')
    lines += [
        "    ' Help is not a change that Excel should ask to save.",
        "    ThisWorkbook.Saved = saved",
        "End Sub",
        "",
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _windows(text: str) -> str:
    return text.replace("\n", "\r\n")
