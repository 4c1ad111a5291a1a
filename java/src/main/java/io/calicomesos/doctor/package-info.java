/**
 * What goes wrong in practice, each as a check of its own: it is handed what it looks at, changes nothing, and says what to do. Knows
 * neither the command line nor how the module works.
 */
package io.calicomesos.doctor;
