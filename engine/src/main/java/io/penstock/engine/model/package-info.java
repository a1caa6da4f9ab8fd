/** Forward passes, written once on the backend's operations. */
package io.penstock.engine.model;
