/* SPDX-License-Identifier: MIT */
/* steppe_win32_types.h - the types and words that windows.h, excpt.h and tchar.h share. */
#ifndef STEPPE_WIN32_TYPES_H
#define STEPPE_WIN32_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include <sal.h>

/* Calling conventions and annotations that mean nothing here. */
#define WINAPI
#define CALLBACK
#define APIENTRY
#define NTAPI
#define WINAPIV
#define PASCAL
#define WINBASEAPI
#define FAR
#define NEAR
#define IN
#define OUT
#define OPTIONAL
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __fastcall
#define __fastcall
#endif
#ifndef __int8
#define __int8 char
#endif
#ifndef __int16
#define __int16 short
#endif
#ifndef __int32
#define __int32 int
#endif
#ifndef __int64
#define __int64 long long
#endif

/* Inlined in every call, with static before it or without. Without, C has no function to take the
 * address of. */
#ifndef __forceinline
#define __forceinline __inline__ __attribute__((always_inline))
#endif
#define FORCEINLINE __forceinline

/* Small calls that are wholly in a header; user code that is inline itself may call them. */
#ifdef __cplusplus
#define STEPPE_WIN32_INLINE_ inline __attribute__((always_inline))
#else
#define STEPPE_WIN32_INLINE_ extern __inline__ __attribute__((gnu_inline, always_inline))
#endif

/* One word to a __declspec. A type's alignment stands behind struct: struct __declspec(align(64))
 * name. Where the compiler knows __declspec itself (clang -fdeclspec) it is left alone. */
#if defined(__is_identifier)
#if !__is_identifier(__declspec)
#define STEPPE_WIN32_HAS_DECLSPEC_
#endif
#endif
#if !defined(__declspec) && !defined(STEPPE_WIN32_HAS_DECLSPEC_)
#define __declspec(word) __attribute__((STEPPE_WIN32_DECLSPEC_##word))
#endif
#define STEPPE_WIN32_DECLSPEC_align(bytes) aligned(bytes)
#define STEPPE_WIN32_DECLSPEC_deprecated deprecated
#define STEPPE_WIN32_DECLSPEC_dllexport visibility("default")
#define STEPPE_WIN32_DECLSPEC_dllimport
#define STEPPE_WIN32_DECLSPEC_noinline noinline
#define STEPPE_WIN32_DECLSPEC_noreturn __noreturn__
#define STEPPE_WIN32_DECLSPEC_nothrow nothrow
#define STEPPE_WIN32_DECLSPEC_restrict malloc
#define STEPPE_WIN32_DECLSPEC_selectany weak
/* No attribute: it ends one and begins another. */
#ifdef __cplusplus
#define STEPPE_WIN32_DECLSPEC_thread )) thread_local __attribute__((
#else
#define STEPPE_WIN32_DECLSPEC_thread )) _Thread_local __attribute__((
#endif

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif
#define DECLSPEC_IMPORT
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))

#define VOID void
#define CONST const
#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

/* Numbers. Windows' long has 32 bits, so LONG and DWORD are int here. */
typedef int BOOL, *PBOOL, *LPBOOL;
typedef int INT, *PINT, *LPINT;
typedef int LONG, *PLONG, *LPLONG;
typedef signed char INT8, *PINT8;
typedef int16_t INT16, *PINT16;
typedef int32_t INT32, LONG32, *PINT32, *PLONG32;
typedef short SHORT, *PSHORT;
typedef long long LONGLONG, LONG64, INT64, *PLONGLONG, *PLONG64, *PINT64;
typedef unsigned int UINT, *PUINT, *LPUINT;
typedef unsigned int ULONG, *PULONG, *LPULONG;
typedef unsigned int DWORD, *PDWORD, *LPDWORD;
typedef uint8_t UINT8, *PUINT8;
typedef uint16_t UINT16, *PUINT16;
typedef uint32_t UINT32, ULONG32, DWORD32, *PUINT32, *PULONG32, *PDWORD32;
typedef unsigned short USHORT, *PUSHORT;
typedef unsigned short WORD, *PWORD, *LPWORD;
typedef unsigned char UCHAR, *PUCHAR;
typedef unsigned char BYTE, *PBYTE, *LPBYTE;
typedef unsigned char BOOLEAN, *PBOOLEAN;
typedef unsigned long long ULONGLONG, DWORDLONG, ULONG64, DWORD64, UINT64;
typedef ULONGLONG *PULONGLONG, *PDWORDLONG;
typedef DWORD64 *PDWORD64, *PUINT64, *PULONG64;
typedef float FLOAT;
typedef double DOUBLE;

typedef LONG HRESULT;

typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef intptr_t INT_PTR, LONG_PTR, *PINT_PTR, *PLONG_PTR;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR, *PUINT_PTR, *PULONG_PTR, *PDWORD_PTR;
typedef size_t SIZE_T, *PSIZE_T;
typedef ptrdiff_t SSIZE_T, *PSSIZE_T;

typedef void *PVOID, *LPVOID;
typedef const void *PCVOID, *LPCVOID;
typedef PVOID HANDLE, *PHANDLE, *LPHANDLE;
typedef HANDLE HMODULE, HINSTANCE;
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

/* Characters. WCHAR has four bytes here. */
typedef char CHAR, *PCHAR, *LPCH, *PCH;
typedef wchar_t WCHAR, *PWCHAR, *LPWCH, *PWCH;
typedef char *LPSTR, *PSTR;
typedef const char *LPCSTR, *PCSTR, *LPCCH, *PCCH;
typedef wchar_t *LPWSTR, *PWSTR;
typedef const wchar_t *LPCWSTR, *PCWSTR, *LPCWCH, *PCWCH;
#if defined(UNICODE) || defined(_UNICODE)
typedef WCHAR TCHAR, *PTCHAR, TBYTE, *PTBYTE;
typedef LPWSTR LPTSTR, PTSTR;
typedef LPCWSTR LPCTSTR, PCTSTR;
#define STEPPE_WIN32_TEXT_(quote) L##quote
#else
typedef char TCHAR, *PTCHAR;
typedef unsigned char TBYTE, *PTBYTE;
typedef LPSTR LPTSTR, PTSTR;
typedef LPCSTR LPCTSTR, PCTSTR;
#define STEPPE_WIN32_TEXT_(quote) quote
#endif
#define TEXT(quote) STEPPE_WIN32_TEXT_(quote)

#define MAXCHAR 0x7f
#define MAXBYTE 0xff
#define MAXWORD 0xffff
#define MAXDWORD 0xffffffffu
#define MAXUINT 0xffffffffu
#define MAXULONG 0xffffffffu
#define MAXLONGLONG 0x7fffffffffffffffll
#define MAXULONG_PTR (~(ULONG_PTR)0)
#define MAXUINT_PTR (~(UINT_PTR)0)
#define MAXDWORD_PTR (~(DWORD_PTR)0)
#define MAXSIZE_T ((SIZE_T)-1)
/* The C library's <values.h> has these too. */
#ifndef MAXSHORT
#define MAXSHORT 0x7fff
#endif
#ifndef MAXINT
#define MAXINT 0x7fffffff
#endif
#ifndef MAXLONG
#define MAXLONG 0x7fffffff
#endif
#define MAX_PATH 260
#define LOWORD(value) ((WORD)((DWORD_PTR)(value)&0xffff))
#define HIWORD(value) ((WORD)((DWORD_PTR)(value) >> 16 & 0xffff))
#define LOBYTE(value) ((BYTE)((DWORD_PTR)(value)&0xff))
#define HIBYTE(value) ((BYTE)((DWORD_PTR)(value) >> 8 & 0xff))
#define MAKEWORD(low, high)                                                                        \
    ((WORD)((BYTE)((DWORD_PTR)(low)&0xff) | (WORD)((BYTE)((DWORD_PTR)(high)&0xff)) << 8))
#define MAKELONG(low, high)                                                                        \
    ((LONG)((WORD)((DWORD_PTR)(low)&0xffff) | (DWORD)((WORD)((DWORD_PTR)(high)&0xffff)) << 16))
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define CONTAINING_RECORD(address, type, field)                                                    \
    ((type *)((PCHAR)(address) - (ULONG_PTR)offsetof(type, field)))
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#define RTL_NUMBER_OF ARRAYSIZE
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#ifdef __cplusplus
#define C_ASSERT(condition) static_assert((condition), #condition)
#else
#define C_ASSERT(condition) __extension__ _Static_assert((condition), #condition)
#endif
#ifndef _countof
#define _countof ARRAYSIZE
#endif
#define ZeroMemory(destination, length) memset((destination), 0, (length))
#define FillMemory(destination, length, fill) memset((destination), (fill), (length))
#define CopyMemory(destination, source, length) memcpy((destination), (source), (length))
#define MoveMemory(destination, source, length) memmove((destination), (source), (length))
#define RtlZeroMemory ZeroMemory
#define RtlFillMemory FillMemory
#define RtlCopyMemory CopyMemory
#define RtlMoveMemory MoveMemory
#define RtlEqualMemory(left, right, length) (!memcmp((left), (right), (length)))
#if !defined(__cplusplus) && !defined(NOMINMAX)
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#endif

typedef enum _EXCEPTION_DISPOSITION {
    ExceptionContinueExecution,
    ExceptionContinueSearch,
    ExceptionNestedException,
    ExceptionCollidedUnwind
} EXCEPTION_DISPOSITION;

/* The registers, as AMD64 Windows lays them out. */
typedef struct DECLSPEC_ALIGN(16) _M128A {
    ULONGLONG Low;
    LONGLONG High;
} M128A, *PM128A;

typedef struct DECLSPEC_ALIGN(16) _XSAVE_FORMAT {
    WORD ControlWord;
    WORD StatusWord;
    BYTE TagWord;
    BYTE Reserved1;
    WORD ErrorOpcode;
    DWORD ErrorOffset;
    WORD ErrorSelector;
    WORD Reserved2;
    DWORD DataOffset;
    WORD DataSelector;
    WORD Reserved3;
    DWORD MxCsr;
    DWORD MxCsr_Mask;
    M128A FloatRegisters[8];
    M128A XmmRegisters[16];
    BYTE Reserved4[96];
} XSAVE_FORMAT, *PXSAVE_FORMAT, XMM_SAVE_AREA32, *PXMM_SAVE_AREA32;

#define CONTEXT_AMD64 0x00100000
#define CONTEXT_CONTROL (CONTEXT_AMD64 | 0x01)
#define CONTEXT_INTEGER (CONTEXT_AMD64 | 0x02)
#define CONTEXT_SEGMENTS (CONTEXT_AMD64 | 0x04)
#define CONTEXT_FLOATING_POINT (CONTEXT_AMD64 | 0x08)
#define CONTEXT_DEBUG_REGISTERS (CONTEXT_AMD64 | 0x10)
#define CONTEXT_FULL (CONTEXT_CONTROL | CONTEXT_INTEGER | CONTEXT_FLOATING_POINT)
#define CONTEXT_ALL (CONTEXT_FULL | CONTEXT_SEGMENTS | CONTEXT_DEBUG_REGISTERS)

/* In an exception: everything but the debug registers and the vectors beyond Xmm0..15 is filled
 * in; Rax..R15, Rip, EFlags, MxCsr and FltSave may be changed. Upper halves of wider vectors are
 * kept as they were. */
typedef struct DECLSPEC_ALIGN(16) _CONTEXT {
    DWORD64 P1Home, P2Home, P3Home, P4Home, P5Home, P6Home;
    DWORD ContextFlags;
    DWORD MxCsr;
    WORD SegCs, SegDs, SegEs, SegFs, SegGs, SegSs;
    DWORD EFlags;
    DWORD64 Dr0, Dr1, Dr2, Dr3, Dr6, Dr7;
    DWORD64 Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi;
    DWORD64 R8, R9, R10, R11, R12, R13, R14, R15;
    DWORD64 Rip;
    __extension__ union {
        XMM_SAVE_AREA32 FltSave;
        __extension__ struct {
            M128A Header[2];
            M128A Legacy[8];
            M128A Xmm0, Xmm1, Xmm2, Xmm3, Xmm4, Xmm5, Xmm6, Xmm7;
            M128A Xmm8, Xmm9, Xmm10, Xmm11, Xmm12, Xmm13, Xmm14, Xmm15;
        };
    };
    M128A VectorRegister[26];
    DWORD64 VectorControl;
    DWORD64 DebugControl;
    DWORD64 LastBranchToRip;
    DWORD64 LastBranchFromRip;
    DWORD64 LastExceptionToRip;
    DWORD64 LastExceptionFromRip;
} CONTEXT, *PCONTEXT, *LPCONTEXT;

#endif
