/**
 * The door between the agent and Java: what C++ calls, with Mesos messages as bytes, and what it is called back with. Knows
 * JNI promises and Mesos's wire format, so that no other package does.
 */
package io.calicomesos.module;
