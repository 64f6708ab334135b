// From the core's errors to JavaScript's, and back to nothing.
#pragma once

#include <napi.h>

#include <functional>

#include "core/status.hpp"

namespace datablock::addon {

/// An Error with code, number, exitCode and errno (NativeError in src/native.ts).
Napi::Error make_error(Napi::Env env, const Error& error);

/// What hot functions return: a result, or the negated number of a status.
inline double hot_result(Status status, double result = 0) {
  return status == Status::OK ? result : -static_cast<double>(static_cast<int>(status));
}

/// Runs `body`; a core Error becomes a JavaScript exception.
template <class Body>
auto guarded(Napi::Env env, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw make_error(env, error);
  } catch (const std::bad_alloc&) {
    throw make_error(env, Error(Status::SYSTEM, "Out of memory."));
  }
}

Napi::Value error_catalogue(const Napi::CallbackInfo& info);

}  // namespace datablock::addon
