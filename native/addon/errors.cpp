#include "addon/errors.hpp"

#include <sstream>

#include "core/schema.hpp"

namespace datablock::addon {

Napi::Error make_error(Napi::Env env, const Error& error) {
  const CatalogueEntry& entry = catalogue_entry(error.status());
  Napi::Error thrown = Napi::Error::New(env, error.what());
  thrown.Set("code", Napi::String::New(env, entry.name));
  thrown.Set("number", Napi::Number::New(env, static_cast<int>(entry.status)));
  thrown.Set("exitCode", Napi::Number::New(env, entry.exit_code));
  thrown.Set("errno", Napi::Number::New(env, error.os_error()));
  if (const auto* schema = dynamic_cast<const SchemaValidationError*>(&error)) {
    Napi::Array differences = Napi::Array::New(env);
    for (const std::string& difference : schema->differences()) {
      differences.Set(differences.Length(), difference);
    }
    thrown.Set("differences", differences);
  }
  return thrown;
}

Napi::Value error_catalogue(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array rows = Napi::Array::New(env);
  for (const CatalogueEntry& entry : datablock::error_catalogue()) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("number", static_cast<int>(entry.status));
    row.Set("name", entry.name);
    row.Set("exitCode", entry.exit_code);
    row.Set("sentence", entry.sentence);
    Napi::Array advice = Napi::Array::New(env);
    std::istringstream lines(entry.advice);
    for (std::string line; std::getline(lines, line);) {
      advice.Set(advice.Length(), line);
    }
    row.Set("advice", advice);
    rows.Set(rows.Length(), row);
  }
  return rows;
}

}  // namespace datablock::addon
