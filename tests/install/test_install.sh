#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_install.sh SOURCE_ROOT BUILD_ROOT: install into a temporary directory and build against it
# in all the ways the README names. Prints TAP. CC: the C compiler.
set -u

source=$1
build=$2
here=$source/tests/install
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
count=0

# check NAME COMMAND...: one case, passed when the command succeeds; else its output is shown.
check() {
    name=$1
    shift
    count=$((count + 1))
    if "$@" >"$work/output" 2>&1; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        sed 's/^/# /' "$work/output"
    fi
}

skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

has() {
    command -v "$1" >/dev/null
}

# The installed tree lies in $root/$prefix; PKG_CONFIG_SYSROOT_DIR tells pkg-config.
install_library() {
    DESTDIR=$work/root meson install -C "$build" --no-rebuild --quiet || return 1
    package_file=$(find "$work/root" -name steppe.pc)
    [ -n "$package_file" ] || return 1
    libdir=$(dirname "$(dirname "$package_file")")
    export PKG_CONFIG_PATH="$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$work/root"
}

package_flags() {
    pkg-config "$@" steppe
}

win32_flags() {
    pkg-config "$@" steppe-win32
}

# shellcheck disable=SC2046,SC2086 # flags and $CC are lists of words
with_pkg_config() {
    $CC "$here/use.c" -o "$work/use-shared" $(package_flags --cflags --libs) &&
        LD_LIBRARY_PATH=$libdir "$work/use-shared"
}

# shellcheck disable=SC2046,SC2086
with_pkg_config_static() {
    $CC -static "$here/use.c" -o "$work/use-static" $(package_flags --static --cflags --libs) &&
        "$work/use-static"
}

# Narrow and wide characters; -lm and the like are not needed.
# shellcheck disable=SC2046,SC2086
windows_program() {
    for unicode in "" "-DUNICODE -D_UNICODE"; do
        $CC $unicode -Wall -Wextra -Werror "$here/use_windows.c" -o "$work/use-windows" \
            $(win32_flags --cflags --libs) &&
            LD_LIBRARY_PATH=$libdir "$work/use-windows" || return 1
    done
}

# shellcheck disable=SC2046,SC2086
windows_program_static() {
    for unicode in "" "-DUNICODE -D_UNICODE"; do
        $CC $unicode -static "$here/use_windows.c" -o "$work/use-windows" \
            $(win32_flags --static --cflags --libs) &&
            "$work/use-windows" || return 1
    done
}

# shellcheck disable=SC2046,SC2086
windows_headers_alone() {
    for header in "$source"/include/steppe-win32/*.h; do
        echo "#include <$(basename "$header")>" |
            $1 -Wall -Wextra -Werror $2 -fsyntax-only $(win32_flags --cflags) - || return 1
    done
}

with_cmake() {
    mkdir "$work/cmake"
    cp "$here/CMakeLists.txt" "$here/use.c" "$here/use_windows.c" "$work/cmake" &&
        cmake -G Ninja -S "$work/cmake" -B "$work/cmake/build" -Dsteppe_DIR="$libdir/cmake/steppe" &&
        cmake --build "$work/cmake/build" &&
        "$work/cmake/build/use" &&
        { [ ! -e "$work/cmake/build/use_windows" ] ||
            LD_LIBRARY_PATH=$libdir "$work/cmake/build/use_windows"; }
}

# shellcheck disable=SC2046 # flags are a list of words
with_cxx() {
    "$1" -std=c++17 -Wall -Wextra -Werror -pedantic -x c++ "$here/use.c" -x none \
        -o "$work/use-$1" $(package_flags --cflags --libs) &&
        LD_LIBRARY_PATH=$libdir "$work/use-$1"
}

# Each public header alone. sigjmp_buf is a name of POSIX, not of ISO C.
# shellcheck disable=SC2046,SC2086
headers_alone() {
    for header in "$source"/include/steppe/*.h; do
        echo "#include <steppe/$(basename "$header")>" |
            $1 -D_POSIX_C_SOURCE=200809L -pedantic -Wall -Wextra -Werror $2 -fsyntax-only \
                $(package_flags --cflags) - || return 1
    done
}

as_subproject() {
    mkdir -p "$work/meson/subprojects" &&
        ln -s "$source" "$work/meson/subprojects/steppe" &&
        cp "$here/use.c" "$work/meson" &&
        cat >"$work/meson/meson.build" <<'EOF' &&
project('user', 'c')
test('use', executable('use', 'use.c', dependencies: dependency('steppe')))
EOF
        meson setup "$work/meson" "$work/meson/build" --force-fallback-for=steppe &&
        ninja -C "$work/meson/build" &&
        "$work/meson/build/use"
}

check "meson install" install_library
check "headers alone: C11" headers_alone "$CC" "-std=c11 -x c"
check "pkg-config, shared" with_pkg_config
check "pkg-config, static" with_pkg_config_static
if [ -e "$libdir/pkgconfig/steppe-win32.pc" ]; then
    check "a program for Windows, shared" windows_program
    check "a program for Windows, static" windows_program_static
    check "headers of Windows alone: C17" windows_headers_alone "$CC" "-std=gnu17 -x c"
else
    skip "a program for Windows" "steppe-win32 is not built for this machine"
fi
if has cmake; then
    check "CMake find_package" with_cmake
else
    skip "CMake find_package" "cmake is not installed"
fi
for cxx in g++ clang++; do
    if has $cxx; then
        check "headers alone: $cxx, C++11" headers_alone $cxx "-std=c++11 -x c++"
        check "headers alone: $cxx, C++17" headers_alone $cxx "-std=c++17 -x c++"
        [ ! -e "$libdir/pkgconfig/steppe-win32.pc" ] ||
            check "headers of Windows alone: $cxx" windows_headers_alone $cxx "-std=gnu++17 -x c++"
        check "a C++17 program: $cxx" with_cxx $cxx
    else
        skip "C++: $cxx" "$cxx is not installed"
    fi
done
check "meson subproject" as_subproject
echo "1..$count"
