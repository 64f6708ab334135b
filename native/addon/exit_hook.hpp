// What is to be done before a thread's JavaScript, or the process, is gone. Node runs the cleanup hooks of an
// environment when a thread ends and when a program has come to its last line, but not at process.exit() and
// after an exception that nobody caught: then C's exit handlers are all there is.
#pragma once

#include <napi.h>

namespace datablock::addon {

/// `run(argument)` will be called on the environment's thread, once at most, unless it is removed before.
void add_exit_hook(napi_env env, void (*run)(void*), void* argument);
void remove_exit_hook(napi_env env, void (*run)(void*), void* argument);

}  // namespace datablock::addon
