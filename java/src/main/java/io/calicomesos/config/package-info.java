/**
 * What an operator can set: the module's parameters and the JSON file that one of them may name. Knows each key, its default
 * and what is allowed; nothing else in the code reads a setting's text.
 */
package io.calicomesos.config;
